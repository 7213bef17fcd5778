-- name: open_lote
SELECT lote, mes FROM raw.abrir_lote()

-- name: known
-- With the digest of the body that was kept; empty where something was erased from it since.
SELECT
    uuid_send(m.id),
    CASE WHEN position('{"borrado":'::bytea IN m.cuerpo) = 0 THEN sha256(m.cuerpo) ELSE ''::bytea END
FROM raw.mensajes AS m
WHERE m.id = ANY (%(ids)s) AND m.mes >= %(mes)s::date - interval '3 months'

-- name: copy_mensajes
COPY raw.mensajes
    (id, mes, lote, n, recibido_en, message_id, enviado_en, content_type, headers, redelivered, cuerpo)
FROM STDIN (FORMAT BINARY)

-- name: insert_conflicto
INSERT INTO raw.conflictos (id, lote, n, recibido_en, message_id, cuerpo)
VALUES (%(id)s, %(lote)s, %(n)s, to_timestamp(%(recibido_us)s / 1e6), %(message_id)s, %(cuerpo)s)
