-- Every delivered message whose id was new, byte for byte. The primary key is also the memory by
-- which a duplicate is known; dropping a month's partition forgets both.
CREATE TABLE raw.mensajes (
    id           uuid NOT NULL,
    mes          date NOT NULL CHECK (extract(day FROM mes) = 1),
    lote         bigint NOT NULL,
    n            integer NOT NULL,
    recibido_en  timestamptz NOT NULL,
    message_id   text,
    enviado_en   timestamptz,
    content_type text,
    headers      jsonb,
    redelivered  boolean NOT NULL,
    cuerpo       bytea NOT NULL,
    PRIMARY KEY (id, mes)
) PARTITION BY RANGE (mes);
CREATE INDEX mensajes_lote ON raw.mensajes USING brin (lote) WITH (pages_per_range = 32, autosummarize = on);

-- A message whose id was already known with another body: the first stays, this one is evidence.
CREATE TABLE raw.conflictos (
    id          uuid NOT NULL,
    lote        bigint NOT NULL,
    n           integer NOT NULL,
    recibido_en timestamptz NOT NULL,
    message_id  text,
    cuerpo      bytea NOT NULL,
    PRIMARY KEY (lote, n)
);
CREATE INDEX conflictos_id ON raw.conflictos (id);

-- Opens a lote: its number, and the month (UTC) that it writes to, whose partition exists afterwards.
-- The shared lock on the month, and the short wait for the month before while it may still be
-- written, make one id unique across two partitions.
CREATE FUNCTION raw.abrir_lote(OUT lote bigint, OUT mes date)
LANGUAGE plpgsql AS $$
DECLARE
    c_clave  constant integer := hashtext('academico.raw.mes');
    v_ahora  constant timestamp := now() AT TIME ZONE 'UTC';
    v_previo constant date := date_trunc('month', v_ahora - interval '1 month');
    v_tabla  text;
BEGIN
    mes := date_trunc('month', v_ahora);
    lote := nextval('core.lotes_lote_seq');
    v_tabla := 'mensajes_' || to_char(mes, 'YYYY_MM');
    -- Asked of pg_class: to_regclass would answer from a cache that waiting for the lock does not renew.
    IF NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'raw'::regnamespace AND relname = v_tabla) THEN
        PERFORM pg_advisory_xact_lock(hashtext('academico.raw.particion'));
        IF NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'raw'::regnamespace AND relname = v_tabla) THEN
            EXECUTE format('CREATE TABLE raw.%I (LIKE raw.mensajes INCLUDING ALL)', v_tabla);
            EXECUTE format('ALTER TABLE raw.mensajes ATTACH PARTITION raw.%I FOR VALUES FROM (%L) TO (%L)',
                           v_tabla, mes, mes + interval '1 month');
        END IF;
    END IF;
    IF v_ahora < mes + interval '1 hour' THEN
        PERFORM pg_advisory_lock(c_clave, v_previo - date '2000-01-01');
        PERFORM pg_advisory_unlock(c_clave, v_previo - date '2000-01-01');
    END IF;
    PERFORM pg_advisory_xact_lock_shared(c_clave, mes - date '2000-01-01');
    -- Whoever lost the answer to this lote's COMMIT waits here for its end.
    PERFORM pg_advisory_xact_lock(hashtext('academico.lote'), hashint8(lote));
    -- Whoever rebuilds academico from raw holds this one alone.
    PERFORM pg_advisory_xact_lock_shared(hashtext('academico.ingesta'));
END
$$;
