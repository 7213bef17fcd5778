-- name: wait
-- The refresh takes the same lock. It is taken here first, because a transaction that waits for it
-- inside has its snapshot already and would not see what the refresh before it did.
SELECT pg_advisory_lock(hashtext('academico.marts'))

-- name: refresh
SELECT
    mart,
    refrescado_en,
    filas,
    periodos,
    extract(epoch FROM duracion)::numeric(12, 3) AS segundos
FROM marts.refrescar(%(todo)s)
ORDER BY mart COLLATE "C"

-- name: list
SELECT
    m.mart,
    r.refrescado_en,
    extract(epoch FROM now() - r.refrescado_en)::numeric(12, 0) AS antiguedad_segundos,
    r.filas,
    extract(epoch FROM r.duracion)::numeric(12, 3) AS segundos
FROM unnest(%(marts)s::text[]) AS m (mart)
LEFT JOIN marts.refrescos AS r ON r.mart = m.mart
ORDER BY m.mart COLLATE "C"
