-- Every erasure of a person: when, by whom, why, how much. Whom it was about is not in it: compromiso
-- is the SHA-256 of the receipt that `privacy erase` printed, which holds the id and a random number,
-- so only whoever has the receipt can prove it.
CREATE TABLE core.borrados (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    quien       text NOT NULL CHECK (quien IN ('alumno', 'maestro')),
    compromiso  bytea NOT NULL,
    motivo      text,
    actor       text NOT NULL DEFAULT session_user,
    borrado_en  timestamptz NOT NULL DEFAULT clock_timestamp(),
    filas       jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON COLUMN core.borrados.filas IS 'Table -> rows or events that were erased from it';
