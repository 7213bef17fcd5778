-- id: rechazos_de_mas
-- entidad: flujo
-- tabla: stg.rechazos
-- severidad: error
-- titulo: Demasiados eventos rechazados
-- significa: Más del 1 % de los eventos recibidos rompe el contrato y sigue sin atenderse.
-- importa: Lo rechazado no está en los indicadores. Un porcentaje alto suele ser un solo publicador
--   con un error.
-- remedio: Mire los motivos con `academico dlq list --group`, pida corregir al publicador y use
--   `academico dlq retry` o `discard`.
-- umbral: 1%
-- columnas: id, lote, entidad, campo, motivo
-- llave: id
-- padre: lote
-- total: SELECT coalesce(sum(eventos), 0) FROM core.lotes
SELECT id, lote, entidad, campo, motivo
FROM stg.rechazos
WHERE estado = 'abierto'
