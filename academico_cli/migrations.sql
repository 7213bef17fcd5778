-- name: inspect
SELECT to_regclass('public.alembic_version') IS NOT NULL AS tiene_version,
       ARRAY(SELECT nspname::text FROM pg_namespace
             WHERE nspname IN ('raw', 'stg', 'core', 'academico', 'marts', 'ml')
             ORDER BY nspname) AS esquemas;

-- name: revisions
SELECT version_num::text FROM public.alembic_version ORDER BY version_num;

-- name: lock
SELECT pg_advisory_lock(%(clave)s);
