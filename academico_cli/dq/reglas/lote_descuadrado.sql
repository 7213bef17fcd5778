-- id: lote_descuadrado
-- entidad: flujo
-- tabla: core.lotes
-- severidad: error
-- titulo: Lote cuyas cuentas no cuadran
-- significa: Los destinos del lote (aplicado, duplicado, rechazado, pendiente, obsoleto) no suman
--   los eventos que recibió.
-- importa: No se puede probar que nada se perdió ese día.
-- remedio: No borre nada. Ejecute `academico reconcile`, que dice qué falta, y avise a sistemas con
--   el número de lote.
-- columnas: lote, eventos, destinos
-- llave: lote
SELECT l.lote, l.eventos, coalesce(d.eventos, 0) AS destinos
FROM core.lotes AS l
LEFT JOIN (SELECT lote, sum(eventos) AS eventos FROM core.destinos GROUP BY lote) AS d USING (lote)
WHERE l.eventos <> coalesce(d.eventos, 0)
