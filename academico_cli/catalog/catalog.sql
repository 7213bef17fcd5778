-- What the database says about itself. Partitions are left out: their parent speaks for them.

-- name: schemas
SELECT n.nspname AS name, obj_description(n.oid, 'pg_namespace') AS comment
FROM pg_namespace AS n
INNER JOIN unnest(%(schemas)s::text[]) WITH ORDINALITY AS s (name, place) ON s.name = n.nspname
ORDER BY s.place

-- name: relations
SELECT
    n.nspname AS schema,
    c.relname AS name,
    CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'matview' ELSE 'table' END AS kind,
    obj_description(c.oid, 'pg_class') AS comment,
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
    (SELECT count(*) FROM pg_inherits AS i WHERE i.inhparent = c.oid)::integer AS partitions,
    c.relpersistence = 'u' AS unlogged,
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, true) END AS definition
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%(schemas)s) AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
ORDER BY n.nspname, c.relname COLLATE "C"

-- name: columns
SELECT
    n.nspname AS schema,
    c.relname AS relation,
    a.attname AS name,
    format_type(a.atttypid, a.atttypmod) AS type,
    NOT a.attnotnull AS nullable,
    CASE
        WHEN a.attidentity <> '' THEN 'identidad'
        WHEN a.attgenerated <> '' THEN 'calculada: ' || pg_get_expr(d.adbin, d.adrelid)
        ELSE pg_get_expr(d.adbin, d.adrelid)
    END AS initial,
    col_description(c.oid, a.attnum) AS comment
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE n.nspname = ANY (%(schemas)s) AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
ORDER BY n.nspname, c.relname COLLATE "C", a.attnum

-- name: constraints
-- NOT NULL, which PostgreSQL 18 keeps here too, is told with the columns.
SELECT
    n.nspname AS schema,
    c.relname AS relation,
    k.conname AS name,
    k.contype::text AS kind,
    pg_get_constraintdef(k.oid, true) AS definition,
    ARRAY(
        SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, place)
        INNER JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
        ORDER BY u.place
    ) AS columns,
    fn.nspname || '.' || f.relname AS target,
    ARRAY(
        SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (attnum, place)
        INNER JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.attnum
        ORDER BY u.place
    ) AS target_columns
FROM pg_constraint AS k
INNER JOIN pg_class AS c ON c.oid = k.conrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_class AS f ON f.oid = k.confrelid
LEFT JOIN pg_namespace AS fn ON fn.oid = f.relnamespace
WHERE n.nspname = ANY (%(schemas)s) AND NOT c.relispartition
    AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND (k.contype <> 'f' OR k.conparentid = 0)
ORDER BY n.nspname, c.relname COLLATE "C", position(k.contype::text IN 'pufxc'), k.conname COLLATE "C"

-- name: indexes
SELECT n.nspname AS schema, c.relname AS relation, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index AS i
INNER JOIN pg_class AS c ON c.oid = i.indrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%(schemas)s) AND NOT c.relispartition
    AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)
ORDER BY n.nspname, c.relname COLLATE "C", definition

-- name: functions
SELECT
    n.nspname AS schema,
    p.proname AS name,
    pg_get_function_identity_arguments(p.oid) AS identity,
    pg_get_function_arguments(p.oid) AS arguments,
    coalesce(pg_get_function_result(p.oid), '') AS result,
    p.provolatile <> 'v' AS only_reads,
    obj_description(p.oid, 'pg_proc') AS comment,
    pg_get_functiondef(p.oid) AS definition
FROM pg_proc AS p
INNER JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = ANY (%(schemas)s) AND p.prokind IN ('f', 'p')
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
ORDER BY n.nspname, p.proname COLLATE "C", identity

-- name: view_sources
-- The rule of a view depends on every relation and function that its query names.
SELECT DISTINCT
    vn.nspname || '.' || v.relname AS view,
    sn.nspname || '.' || s.relname AS source
FROM pg_rewrite AS r
INNER JOIN pg_class AS v ON v.oid = r.ev_class
INNER JOIN pg_namespace AS vn ON vn.oid = v.relnamespace
INNER JOIN pg_depend AS d
    ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
INNER JOIN pg_class AS s ON s.oid = d.refobjid AND s.oid <> v.oid
INNER JOIN pg_namespace AS sn ON sn.oid = s.relnamespace
WHERE vn.nspname = ANY (%(schemas)s) AND v.relkind IN ('v', 'm')
ORDER BY view, source

-- name: rules
-- As an object each: a later version of the table has more columns, an earlier one fewer.
SELECT to_jsonb(r) AS rule FROM core.dq_rules AS r ORDER BY r.id COLLATE "C"

-- name: server
SELECT
    current_database() AS name,
    current_setting('server_version') AS server,
    (SELECT max(v.version_num) FROM public.alembic_version AS v) AS version
