-- What a run committed after a lote, as it was entered in the ledger then.

-- name: events
SELECT d.entidad, d.destino, sum(d.eventos)::bigint
FROM core.lotes AS l
INNER JOIN core.destinos AS d ON d.por_lote = l.lote
WHERE l.run_id = %(run_id)s AND l.lote > %(lote)s AND d.eventos > 0
GROUP BY d.entidad, d.destino

-- name: rejected
SELECT r.entidad, r.motivo, count(*)
FROM core.lotes AS l
INNER JOIN stg.rechazos AS r ON r.lote = l.lote
WHERE l.run_id = %(run_id)s AND l.lote > %(lote)s
GROUP BY r.entidad, r.motivo

-- name: totals
SELECT coalesce(sum(eventos), 0)::bigint FROM core.lotes
WHERE run_id = %(run_id)s AND lote > %(lote)s
