CREATE TABLE core.parametros (
    nombre      text PRIMARY KEY,
    valor       numeric NOT NULL,
    descripcion text NOT NULL
);
INSERT INTO core.parametros (nombre, valor, descripcion) VALUES
    ('calificacion_aprobatoria', 6, 'Calificación mínima que aprueba'),
    ('riesgo_promedio', 6, 'Un alumno con promedio menor en el periodo está en riesgo'),
    ('ranking_evaluaciones_minimas', 30, 'Calificaciones que un maestro necesita para entrar en el ranking'),
    ('grupo_minimo', 5, 'Tamaño mínimo de un grupo de personas para publicar una cifra sobre él');

-- One row for each worker of each command; sesion joins the workers of one command.
CREATE TABLE core.etl_run_log (
    run_id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sesion          uuid NOT NULL,
    comando         text NOT NULL,
    started_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at     timestamptz,
    status          text NOT NULL DEFAULT 'running'
                    CHECK (status IN ('running', 'ok', 'failed', 'interrupted')),
    processed_count bigint NOT NULL DEFAULT 0,
    error_count     bigint NOT NULL DEFAULT 0
);
CREATE INDEX etl_run_log_sesion ON core.etl_run_log (sesion);

CREATE SEQUENCE core.lotes_lote_seq;

-- One row for each committed batch, written once by the transaction that it describes.
CREATE TABLE core.lotes (
    lote       bigint PRIMARY KEY,
    run_id     bigint NOT NULL REFERENCES core.etl_run_log,
    mensajes   integer NOT NULL CHECK (mensajes >= 0),
    eventos    integer NOT NULL CHECK (eventos >= 0),
    conflictos integer NOT NULL DEFAULT 0 CHECK (conflictos >= 0),
    abierto_en timestamptz NOT NULL,
    cerrado_en timestamptz NOT NULL
);
CREATE INDEX lotes_run_id ON core.lotes (run_id);

-- Double-entry ledger of fates. An event that is parked in lote 4 and applied by lote 9 is
-- (4, por 4, pendiente, +1), (4, por 9, pendiente, -1), (4, por 9, aplicado, +1): nothing is updated,
-- and the fates of a lote always add up to its events.
CREATE TABLE core.destinos (
    lote     bigint NOT NULL,
    por_lote bigint NOT NULL,
    entidad  text NOT NULL,
    destino  text NOT NULL
             CHECK (destino IN ('aplicado', 'duplicado', 'rechazado', 'pendiente', 'obsoleto')),
    eventos  bigint NOT NULL
);
CREATE INDEX destinos_lote ON core.destinos (lote);

-- What a lote changed, so that the marts recompute only that.
CREATE TABLE core.lotes_periodos (
    lote    bigint NOT NULL,
    periodo text NOT NULL,
    PRIMARY KEY (lote, periodo)
);

CREATE TABLE core.dq_rules (
    id          text PRIMARY KEY,
    entidad     text NOT NULL,
    severity    text NOT NULL CHECK (severity IN ('warn', 'error')),
    titulo      text NOT NULL,
    descripcion text NOT NULL
);

CREATE TABLE core.dq_results (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    check_name  text NOT NULL,
    schema_name text NOT NULL,
    table_name  text NOT NULL,
    passed      boolean NOT NULL,
    details     jsonb,
    check_time  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX dq_results_check ON core.dq_results (check_name, check_time);
