-- name: patient
-- A dump takes as long as it takes; the lock on what is dumped, and the wait for it, stay bounded.
SELECT set_config('statement_timeout', '0', false), set_config('idle_in_transaction_session_timeout', '0', false)

-- name: snapshot
SELECT pg_export_snapshot()

-- name: tables
-- Whatever holds rows of its own, and where they come from: nowhere, what is unlogged is dumped
-- empty, being of the moment only; from its query, a materialized view is computed anew.
SELECT
    n.nspname::text, c.relname::text,
    CASE
        WHEN c.relpersistence = 'u' THEN '(SELECT WHERE false)'
        WHEN c.relkind = 'm' THEN format('(%%s)', rtrim(pg_get_viewdef(c.oid), ';'))
        ELSE format('%%I.%%I', n.nspname, c.relname)
    END
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname = ANY (%(schemas)s)
ORDER BY n.nspname, c.relname

-- name: count
SELECT count(*) FROM {filas} AS x

-- name: collation
SELECT pg_encoding_to_char(encoding)::text, datcollate::text, datctype::text
FROM pg_database WHERE datname = current_database()

-- name: begin
-- Consumers, migrations and other restores wait until the end.
BEGIN;
SET lock_timeout = {lock_timeout};
SELECT pg_advisory_xact_lock({clave});
SELECT pg_advisory_xact_lock(hashtext('academico.ingesta'));

-- name: drop
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS raw, stg, core, academico, marts, ml CASCADE;
DROP TABLE IF EXISTS public.alembic_version;

-- name: version
CREATE TABLE public.alembic_version (
    version_num varchar(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO public.alembic_version (version_num) VALUES ({revision});

-- name: compare
DO $compare$
DECLARE
    c_found constant bigint := (SELECT count(*) FROM {tabla});
BEGIN
    IF c_found <> {rows} THEN
        RAISE EXCEPTION 'academico: table % has % rows, and had {rows} when it was dumped', {nombre}, c_found;
    END IF;
END
$compare$;

-- name: end
COMMIT;
ANALYZE;

-- name: left_over
-- Databases of trial restores whose backup was killed: the session that they are named after is gone.
SELECT d.datname
FROM pg_database AS d
WHERE d.datname ~ '^academico_prueba_\d+_[0-9a-f]+$' AND pg_get_userbyid(d.datdba) = current_user
    AND NOT EXISTS (
        SELECT FROM pg_stat_activity AS a
        WHERE a.pid::text = split_part(d.datname, '_', 3) AND a.application_name = %(session)s)
ORDER BY d.datname
