-- name: copy_rechazos
COPY stg.rechazos
    (lote, n, linea, id_mensaje, entidad, motivo, campo, errores, cuerpo, recibido_en)
FROM STDIN (FORMAT BINARY)

-- name: take_up_children
SELECT stg.retomar_hijos(%(lote)s)

-- name: take_up_stragglers
SELECT stg.retomar_rezagados(%(lote)s, %(limite)s)

-- name: has_pendientes
SELECT EXISTS (SELECT FROM stg.pendientes)
