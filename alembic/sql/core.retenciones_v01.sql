-- Every month that retention dropped from raw, so that what is gone on purpose can be told from what
-- is missing. huella: SHA-256 over the SHA-256 of each lote's ids and bodies, in order, so that a
-- copy from a backup can be compared with what was dropped.
CREATE TABLE core.retenciones (
    mes         date PRIMARY KEY CHECK (extract(day FROM mes) = 1),
    mensajes    bigint NOT NULL,
    bytes       bigint NOT NULL,
    conflictos  bigint NOT NULL,
    rechazos    bigint NOT NULL,
    lote_desde  bigint,
    lote_hasta  bigint,
    huella      bytea NOT NULL,
    meses       integer NOT NULL,
    actor       text NOT NULL DEFAULT session_user,
    aplicada_en timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN core.retenciones.rechazos IS 'Closed rejects of that month whose bodies were removed';
COMMENT ON COLUMN core.retenciones.meses IS 'How many months before the current one were to be kept';

INSERT INTO core.parametros (nombre, valor, descripcion) VALUES
    ('retencion_meses', 24, 'Meses anteriores al actual que se conservan en raw');
