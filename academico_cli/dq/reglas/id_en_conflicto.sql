-- id: id_en_conflicto
-- entidad: flujo
-- tabla: raw.conflictos
-- severidad: warn
-- titulo: Un mismo id con dos mensajes distintos
-- significa: Llegaron dos mensajes con el mismo message_id y distinto contenido. Se aplicó el
--   primero; el otro está en raw.conflictos. Falla cuando el último es de los pasados 30 días.
-- importa: El publicador reutiliza identificadores: lo que dijo la segunda vez no se aplicó.
-- remedio: Pida a quien publica un id distinto para cada mensaje y que reenvíe el segundo con uno
--   nuevo.
-- columnas: lote, n, id
-- llave: lote, n
-- padre: lote
-- total: SELECT coalesce(sum(mensajes), 0) FROM core.lotes
SELECT lote, n, id
FROM raw.conflictos
WHERE recibido_en >= coalesce(nullif(current_setting('academico.hoy', true), '')::timestamptz, now()) - interval '30 days'
