-- id: rechazo_olvidado
-- entidad: flujo
-- tabla: stg.rechazos
-- severidad: warn
-- titulo: Rechazo sin atender desde hace dos semanas
-- significa: El evento fue rechazado hace más de 14 días y nadie lo reintentó ni lo descartó.
-- importa: Cada rechazo es un dato que alguien envió y que no cuenta.
-- remedio: Vea el motivo con `academico dlq show ID`, y después `academico dlq retry ID` o
--   `academico dlq discard ID`.
-- columnas: id, lote, entidad, campo, motivo
-- llave: id
-- padre: lote
SELECT id, lote, entidad, campo, motivo
FROM stg.rechazos
WHERE estado = 'abierto' AND recibido_en < coalesce(nullif(current_setting('academico.hoy', true), '')::timestamptz, now()) - interval '14 days'
