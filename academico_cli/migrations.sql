-- name: inspect
SELECT to_regclass('public.alembic_version') IS NOT NULL AS tiene_version,
       ARRAY(SELECT nspname::text FROM pg_namespace
             WHERE nspname IN ('raw', 'stg', 'core', 'academico', 'marts', 'ml')
             ORDER BY nspname) AS esquemas;

-- name: revisions
SELECT version_num::text FROM public.alembic_version ORDER BY version_num;

-- name: others
-- Tables of somebody else's. What an extension brought along says nothing about whose database it is.
SELECT count(*) AS cuantas, (array_agg(t.tabla ORDER BY t.tabla))[:3] AS algunas
FROM (
    SELECT c.oid::regclass::text AS tabla
    FROM pg_class AS c
    INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
        AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND n.nspname !~ '^pg_(toast|temp)'
        AND (n.nspname, c.relname) <> ('public', 'alembic_version')
        AND NOT EXISTS (
            SELECT FROM pg_depend AS d
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        )
) AS t;

-- name: lock
SELECT pg_advisory_lock(%(clave)s);
