-- name: list
SELECT id, estado, entidad, motivo, campo, errores -> 0 ->> 'esperado' AS esperado,
       lote, n, linea, recibido_en, cerrado_en
FROM stg.rechazos
WHERE estado = %(estado)s
  AND (%(entidad)s::text IS NULL OR entidad = %(entidad)s)
  AND (%(motivo)s::text IS NULL OR motivo = %(motivo)s)
  AND (%(since)s::timestamptz IS NULL OR recibido_en >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR recibido_en < %(until)s)
ORDER BY id
LIMIT %(limit)s

-- name: group
-- Rejects alike in one row, and all that waits for one parent in one row, the largest flood first.
WITH rechazado AS (
    SELECT entidad, motivo, campo, regexp_replace(
        errores -> 0 ->> 'esperado', ' at line \d+ column \d+|; this one has \d+', ''
    ) AS esperado, recibido_en, id
    FROM stg.rechazos
    WHERE estado = %(estado)s
      AND (%(entidad)s::text IS NULL OR entidad = %(entidad)s)
      AND (%(motivo)s::text IS NULL OR motivo = %(motivo)s)
      AND (%(since)s::timestamptz IS NULL OR recibido_en >= %(since)s)
      AND (%(until)s::timestamptz IS NULL OR recibido_en < %(until)s)
)
SELECT entidad, motivo, campo, esperado, count(*) AS eventos,
       min(recibido_en) AS desde, max(recibido_en) AS hasta, min(id) AS ejemplo
FROM rechazado
GROUP BY entidad, motivo, campo, esperado
UNION ALL
SELECT string_agg(DISTINCT entidad, ', '), 'padre_ausente', padre, padre || ' ' || id_padre, count(*),
       min(desde), max(desde), NULL
FROM stg.pendientes
WHERE %(estado)s = 'abierto'
  AND (%(entidad)s::text IS NULL OR entidad = %(entidad)s)
  AND (%(motivo)s::text IS NULL OR %(motivo)s = 'padre_ausente')
  AND (%(since)s::timestamptz IS NULL OR desde >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR desde < %(until)s)
GROUP BY padre, id_padre
ORDER BY eventos DESC, entidad, motivo, campo, esperado
LIMIT %(limit)s

-- name: show
SELECT r.id, r.estado, r.entidad, r.motivo, r.errores, r.lote, r.n, r.linea,
       r.id_mensaje::text AS id_mensaje, m.message_id, m.content_type, m.headers, r.recibido_en,
       r.cerrado_en, r.cuerpo, r.correccion
FROM stg.rechazos AS r
LEFT JOIN raw.mensajes AS m ON m.id = r.id_mensaje AND m.lote = r.lote AND m.n = r.n
WHERE r.id = %(id)s

-- name: known
SELECT id FROM stg.rechazos WHERE id = ANY (%(ids)s::bigint[])

-- name: lock
SELECT r.id, r.estado
FROM stg.rechazos AS r
WHERE r.id = ANY (%(ids)s::bigint[])
ORDER BY r.id
FOR UPDATE

-- name: open_events
-- The message may be gone, after its month was dropped from raw: its times are then the reject's.
SELECT r.id, r.lote, r.n, r.linea, uuid_send(r.id_mensaje),
       (extract(epoch FROM r.recibido_en) * 1000000)::bigint, extract(epoch FROM m.enviado_en)::bigint,
       r.cuerpo
FROM stg.rechazos AS r
LEFT JOIN raw.mensajes AS m ON m.id = r.id_mensaje AND m.lote = r.lote AND m.n = r.n
WHERE r.id = ANY (%(ids)s::bigint[])
ORDER BY r.id

-- name: close_retried
WITH cerrado AS (
    UPDATE stg.rechazos SET estado = 'reintentado', cerrado_en = clock_timestamp(),
        correccion = %(correccion)s
    WHERE id = ANY (%(ids)s::bigint[])
    RETURNING lote, entidad
)
INSERT INTO core.destinos (lote, por_lote, entidad, destino, eventos)
SELECT lote, %(lote)s, entidad, 'rechazado', -count(*)
FROM cerrado
GROUP BY lote, entidad
ORDER BY lote, entidad

-- name: discard
UPDATE stg.rechazos SET estado = 'descartado', cerrado_en = clock_timestamp()
WHERE id = ANY (%(ids)s::bigint[]) AND estado = 'abierto'
RETURNING id
