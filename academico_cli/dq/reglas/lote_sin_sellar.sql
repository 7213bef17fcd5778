-- id: lote_sin_sellar
-- entidad: flujo
-- tabla: core.lotes
-- severidad: warn
-- titulo: Lote que lleva una hora sin sellar
-- significa: El lote se confirmó hace más de una hora y no está en la cadena de la auditoría.
-- importa: Lo que no está sellado puede alterarse sin que `academico audit verify` lo note.
-- remedio: Ejecute `academico audit seal`; si falla, avise a sistemas con lo que dice.
-- columnas: lote, cerrado_en
-- llave: lote
SELECT l.lote, l.cerrado_en
FROM core.por_sellar AS p
INNER JOIN core.lotes AS l ON l.lote = p.lote
WHERE l.cerrado_en < now() - interval '1 hour'
