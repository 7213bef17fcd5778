-- name: start_run
INSERT INTO core.dq_runs (comando, rules) VALUES (%(command)s, %(rules)s) RETURNING run

-- name: finish_run
UPDATE core.dq_runs
SET finished_at = clock_timestamp(), status = %(status)s, failed = %(failed)s, errors = %(errors)s
WHERE run = %(run)s

-- name: define
INSERT INTO core.dq_rules AS r
    (id, entidad, severity, titulo, descripcion, tabla, importa, remedio, umbral, propia, consulta, cambiada_en)
VALUES (
    %(id)s, %(entity)s, %(severity)s, %(title)s, %(meaning)s, %(table)s, %(matters)s, %(remedy)s,
    %(threshold)s, %(own)s, %(query)s, now()
)
ON CONFLICT (id) DO UPDATE SET
    entidad = excluded.entidad, severity = excluded.severity, titulo = excluded.titulo,
    descripcion = excluded.descripcion, tabla = excluded.tabla, importa = excluded.importa,
    remedio = excluded.remedio, umbral = excluded.umbral, propia = excluded.propia,
    consulta = excluded.consulta, cambiada_en = excluded.cambiada_en
WHERE (r.entidad, r.severity, r.titulo, r.descripcion, r.tabla, r.importa, r.remedio, r.umbral,
       r.propia, r.consulta)
    IS DISTINCT FROM
    (excluded.entidad, excluded.severity, excluded.titulo, excluded.descripcion, excluded.tabla,
     excluded.importa, excluded.remedio, excluded.umbral, excluded.propia, excluded.consulta)

-- name: read_only
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: scratch
-- The one table that a read-only transaction may write to is a temporary one.
CREATE TEMP TABLE dq_falla (huella bytea, muestra jsonb, padre text, lote bigint, id_mensaje uuid)

-- name: clear
TRUNCATE pg_temp.dq_falla

-- name: describe
SELECT * FROM (
{query}
) AS r
LIMIT 0

-- name: origin
SELECT format('%%s.%%s.%%s', c.relnamespace::regnamespace, c.relname, a.attname)
FROM unnest(%(tables)s::oid[], %(columns)s::int2[]) AS o (relid, attnum)
INNER JOIN pg_class AS c ON c.oid = o.relid
INNER JOIN pg_attribute AS a ON a.attrelid = o.relid AND a.attnum = o.attnum

-- name: collect
INSERT INTO pg_temp.dq_falla (huella, muestra, padre, lote, id_mensaje)
SELECT
    substr(sha256(convert_to(jsonb_build_array({key})::text, 'UTF8')), 1, 16),
    jsonb_build_object({shown}),
    {parent},
    {lote},
    {message}
FROM (
{query}
) AS r

-- name: count_all
SELECT count(*) FROM {table}

-- name: lock
SELECT pg_advisory_xact_lock(hashtext('academico.dq'), hashtext(%(rule)s))

-- name: previous
SELECT failed_rows FROM core.dq_results
WHERE check_name = %(rule)s AND run IS NOT NULL AND status <> 'error'
ORDER BY check_time DESC, id DESC
LIMIT 1

-- name: count_new
SELECT count(*) FROM pg_temp.dq_falla AS f
WHERE NOT EXISTS (
    SELECT FROM core.dq_fallos AS v WHERE v.regla = %(rule)s AND v.huella = f.huella
)

-- name: sample
SELECT f.muestra
FROM pg_temp.dq_falla AS f
LEFT JOIN core.dq_fallos AS v ON v.regla = %(rule)s AND v.huella = f.huella
ORDER BY v.huella IS NULL DESC, f.muestra
LIMIT %(limit)s

-- name: forget
DELETE FROM core.dq_fallos AS v
WHERE v.regla = %(rule)s
  AND (%(all)s OR NOT EXISTS (SELECT FROM pg_temp.dq_falla AS f WHERE f.huella = v.huella))

-- name: keep
INSERT INTO core.dq_fallos (regla, huella, desde_run)
SELECT DISTINCT %(rule)s, f.huella, %(run)s::bigint FROM pg_temp.dq_falla AS f
WHERE NOT EXISTS (
    SELECT FROM core.dq_fallos AS v WHERE v.regla = %(rule)s AND v.huella = f.huella
)

-- name: record
INSERT INTO core.dq_results (
    check_name, schema_name, table_name, passed, details, run, severity, status, failed_rows,
    total_rows, new_rows, sample, causes, seconds
)
VALUES (
    %(check_name)s, %(schema)s, %(table)s, %(passed)s, %(details)s, %(run)s, %(severity)s, %(status)s,
    %(failed)s, %(total)s, %(new)s, %(sample)s, %(causes)s, %(seconds)s
)

-- name: history
SELECT r.run, r.check_time, r.status, r.failed_rows, r.new_rows, r.total_rows, r.seconds
FROM core.dq_results AS r
WHERE r.check_name = %(rule)s AND r.run IS NOT NULL
ORDER BY r.check_time DESC, r.id DESC
LIMIT %(limit)s

-- name: columns
-- Those of a table that has rows of its own; none of a view, or of what is not there.
SELECT a.attname::text FROM pg_class AS c
INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.oid = to_regclass(%(table)s) AND c.relkind IN ('r', 'p', 'm')

-- name: top_parent
SELECT padre, count(*), sum(count(*)) OVER () FROM pg_temp.dq_falla
GROUP BY padre ORDER BY count(*) DESC, padre LIMIT 1

-- name: top_lote
SELECT lote, count(*), sum(count(*)) OVER () FROM pg_temp.dq_falla
GROUP BY lote ORDER BY count(*) DESC, lote LIMIT 1

-- name: top_publisher
SELECT p.publicador, count(*), sum(count(*)) OVER ()
FROM (SELECT lote, id_mensaje FROM pg_temp.dq_falla LIMIT {limit}) AS t
CROSS JOIN LATERAL ({publisher}) AS p (publicador)
GROUP BY p.publicador ORDER BY count(*) DESC, p.publicador LIMIT 1

-- name: base
SELECT count(*) FILTER (WHERE t.{column}::text = {value}), count(*) FROM {table} AS t

-- name: base_publisher
SELECT count(*) FILTER (WHERE p.publicador = {value}), count(*)
FROM (SELECT lote, id_mensaje FROM {table} TABLESAMPLE SYSTEM ({percent}) REPEATABLE (0)) AS t
CROSS JOIN LATERAL ({publisher}) AS p (publicador)

-- name: publisher
-- Who sent the message, by its header, else the command that took it in.
SELECT coalesce(
    (
        SELECT coalesce(m.headers ->> 'publicador', m.headers ->> 'publisher', m.headers ->> 'app_id')
        FROM raw.mensajes AS m
        WHERE m.id = t.id_mensaje AND m.lote = t.lote
          AND m.mes = date_trunc('month', l.abierto_en AT TIME ZONE 'UTC')::date
    ),
    e.comando
)
FROM core.lotes AS l
INNER JOIN core.etl_run_log AS e ON e.run_id = l.run_id
WHERE l.lote = t.lote

-- name: explain
EXPLAIN (FORMAT JSON, VERBOSE)
{query}

-- name: lookups
-- As in the merges: the cost follows the keys asked for, whatever the statistics say.
SELECT
    set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true),
    set_config('enable_seqscan', 'off', true)

-- name: of_lote
-- OFFSET 0: looked up key by key.
SELECT k.*
FROM unnest({keys}) AS k ({columns})
CROSS JOIN LATERAL (
    SELECT
    FROM (
{query}
    ) AS r
    WHERE {same} AND r.lote = {lote}
    OFFSET 0
) AS f

-- name: of_catalogue
SELECT FROM (
{query}
) AS r
WHERE r.lote = {lote}

-- name: rows_of_lote
SELECT FROM {table} WHERE lote = {lote}
