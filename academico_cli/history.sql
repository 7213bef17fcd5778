-- name: lotes
SELECT lote, eventos FROM core.lotes
UNION ALL
SELECT m.lote, count(*)
FROM raw.mensajes AS m
WHERE NOT EXISTS (SELECT FROM core.lotes AS l WHERE l.lote = m.lote)
GROUP BY m.lote
ORDER BY lote

-- name: lotes_between
-- received_en is of the consumer's clock, cerrado_en of the server's: an hour between them is forgiven.
SELECT lote, eventos FROM core.lotes
WHERE (%(since)s::timestamptz IS NULL OR cerrado_en >= %(since)s::timestamptz - interval '1 hour')
  AND (%(day)s::date IS NULL OR (abierto_en AT TIME ZONE 'UTC')::date = %(day)s::date)
ORDER BY lote

-- name: forgotten
SELECT l.lote
FROM core.lotes AS l
INNER JOIN core.retenciones AS r ON r.mes = date_trunc('month', l.abierto_en AT TIME ZONE 'UTC')

-- name: messages
SELECT
    lote, n, uuid_send(id), (extract(epoch FROM recibido_en) * 1000000)::bigint,
    extract(epoch FROM enviado_en)::bigint, content_type, cuerpo
FROM raw.mensajes
WHERE lote BETWEEN %(first)s AND %(last)s
  AND lote = ANY (%(lotes)s::bigint[])
  AND (%(since)s::timestamptz IS NULL OR recibido_en >= %(since)s::timestamptz)
ORDER BY lote, n

-- name: asides
SELECT lote, n, linea, entidad, estado = 'reintentado', correccion
FROM stg.rechazos
WHERE lote = ANY (%(lotes)s::bigint[])

-- name: parked
SELECT lote, n, linea, id FROM stg.pendientes WHERE lote = ANY (%(lotes)s::bigint[])
