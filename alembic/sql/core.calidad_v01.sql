-- One row for each time that rules are run; finished_at is NULL while it runs, and for ever when it
-- was killed.
CREATE TABLE core.dq_runs (
    run         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    comando     text NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    status      text NOT NULL DEFAULT 'running'
                CHECK (status IN ('running', 'passed', 'failed', 'error')),
    rules       integer NOT NULL,
    failed      integer NOT NULL DEFAULT 0,
    errors      integer NOT NULL DEFAULT 0
);

-- A rule as it was when it was last run.
ALTER TABLE core.dq_rules
    ADD COLUMN tabla text,
    ADD COLUMN importa text,
    ADD COLUMN remedio text,
    ADD COLUMN umbral text,
    ADD COLUMN propia boolean,
    ADD COLUMN consulta text,
    ADD COLUMN cambiada_en timestamptz;
COMMENT ON COLUMN core.dq_rules.propia IS 'Whether it is the school''s own and not one of academico';
COMMENT ON COLUMN core.dq_rules.cambiada_en IS 'When a run last found it new or other than before';

-- run is NULL for what a gate found in a lote. status error: the rule itself broke, passed is false.
ALTER TABLE core.dq_results
    ADD COLUMN run bigint,
    ADD COLUMN severity text,
    ADD COLUMN status text,
    ADD COLUMN failed_rows bigint,
    ADD COLUMN total_rows bigint,
    ADD COLUMN new_rows bigint,
    ADD COLUMN sample jsonb,
    ADD COLUMN causes jsonb,
    ADD COLUMN seconds numeric;

-- The failures of each rule at its last run, by a digest of their keys, and the run that first saw
-- them. Those of a rule that has more than 100,000 are not kept.
CREATE TABLE core.dq_fallos (
    regla     text NOT NULL,
    huella    bytea NOT NULL,
    desde_run bigint NOT NULL,
    PRIMARY KEY (regla, huella)
);
