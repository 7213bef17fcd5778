-- Each check answers in rows of entidad, lote, expected, found, example. lotes: those meant, or
-- NULL for all.

-- name: totals
WITH filas (entidad, lote, expected, found, example) AS MATERIALIZED (
{check}
)
SELECT true, NULL, NULL, coalesce(sum(expected), 0)::bigint, coalesce(sum(found), 0)::bigint,
       coalesce(sum(abs(found - expected)), 0)::bigint, NULL
FROM filas
UNION ALL
SELECT false, entidad, lote, expected, found, found - expected, example
FROM filas
WHERE expected <> found
ORDER BY 1 DESC, 3, 2

-- name: lotes
SELECT NULL::text, lote, coalesce(l.eventos, 0), coalesce(d.eventos, 0), NULL::text
FROM core.lotes AS l
FULL JOIN (
    SELECT lote, sum(eventos)::bigint AS eventos FROM core.destinos GROUP BY lote
) AS d USING (lote)
WHERE %(lotes)s::bigint[] IS NULL OR lote = ANY (%(lotes)s::bigint[])

-- name: destinos
SELECT entidad, lote, greatest(sum(eventos), 0)::bigint, sum(eventos)::bigint, destino
FROM core.destinos
WHERE %(lotes)s::bigint[] IS NULL OR lote = ANY (%(lotes)s::bigint[])
GROUP BY entidad, lote, destino

-- name: rechazos
SELECT entidad, lote, coalesce(d.eventos, 0), coalesce(r.eventos, 0), NULL::text
FROM (
    SELECT entidad, lote, sum(eventos)::bigint AS eventos
    FROM core.destinos WHERE destino = 'rechazado' GROUP BY entidad, lote
) AS d
FULL JOIN (
    SELECT entidad, lote, count(*) AS eventos
    FROM stg.rechazos WHERE estado <> 'reintentado' GROUP BY entidad, lote
) AS r USING (entidad, lote)
WHERE %(lotes)s::bigint[] IS NULL OR lote = ANY (%(lotes)s::bigint[])

-- name: pendientes
SELECT entidad, lote, coalesce(d.eventos, 0), coalesce(p.eventos, 0), NULL::text
FROM (
    SELECT entidad, lote, sum(eventos)::bigint AS eventos
    FROM core.destinos WHERE destino = 'pendiente' GROUP BY entidad, lote
) AS d
FULL JOIN (
    SELECT entidad, lote, count(*) AS eventos FROM stg.pendientes GROUP BY entidad, lote
) AS p USING (entidad, lote)
WHERE %(lotes)s::bigint[] IS NULL OR lote = ANY (%(lotes)s::bigint[])

-- name: fresh
-- Events that were new to raw, by the ledger: all but duplicates.
SELECT lote, entidad, sum(eventos)::bigint
FROM core.destinos
WHERE destino <> 'duplicado' AND lote = ANY (%(lotes)s::bigint[])
GROUP BY lote, entidad

-- name: copy_of_staging
CREATE TEMP TABLE {tabla} (LIKE stg.{tabla}) ON COMMIT DROP

-- name: empty_copy
TRUNCATE pg_temp.{tabla}

-- name: nested_loops
-- As in the merges: the cost follows the events read, whatever the statistics say.
SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)

-- name: compare
-- Of each lote the events whose key must be in academico as they are or newer, how many are, one
-- that is not; then the rows that this lote's events wrote, how many are as written, one that is not.
SELECT
    s.origen,
    count(*),
    count(*) FILTER (WHERE (a.ocurrido_en, a.desempate) >= (s.ocurrido_en, s.desempate)),
    min(concat_ws('/', {llave})) FILTER (WHERE a.ocurrido_en IS NULL OR (a.ocurrido_en, a.desempate) < (s.ocurrido_en, s.desempate)),
    count(*) FILTER (WHERE e.suya),
    count(*) FILTER (WHERE e.suya AND NOT e.alterada),
    min(concat_ws('/', {llave})) FILTER (WHERE e.suya AND e.alterada)
FROM pg_temp.{staged} AS s
LEFT JOIN academico.grupos AS g ON {grupo}
LEFT JOIN academico.{tabla} AS a ON {igual}
CROSS JOIN LATERAL (
    SELECT
        (a.lote, a.id_mensaje, a.linea) = (s.origen, s.id_mensaje, s.linea) AS suya,
        ROW({valores_a}) IS DISTINCT FROM ROW({valores_s}) AS alterada
) AS e
GROUP BY s.origen

-- name: rows_by_lote
SELECT lote, count(*) FROM academico.{tabla}
WHERE %(lotes)s::bigint[] IS NULL OR lote = ANY (%(lotes)s::bigint[])
GROUP BY lote

-- name: arrived
SELECT uuid_send(id) FROM raw.mensajes WHERE id = ANY (%(ids)s::text[]::uuid[])
