-- id: lote_con_muchos_rechazos
-- entidad: flujo
-- tabla: core.lotes
-- severidad: warn
-- titulo: Lote casi todo rechazado
-- significa: Al menos la mitad de los eventos del lote, y no menos de veinte, fue rechazada y sigue
--   abierta.
-- importa: Un envío entero llegó en un formato equivocado: lo que traía no está en ninguna tabla.
-- remedio: Mire con `academico dlq list --group` qué campo falla, corrija el envío y repítalo;
--   luego descarte los rechazos.
-- columnas: lote, rechazados, eventos
-- llave: lote
SELECT l.lote, count(*) AS rechazados, l.eventos
FROM core.lotes AS l
INNER JOIN stg.rechazos AS r ON r.lote = l.lote AND r.estado = 'abierto'
GROUP BY l.lote, l.eventos
HAVING count(*) >= 20 AND count(*) * 2 >= l.eventos
