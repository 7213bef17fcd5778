-- id: fila_repetida_en_origen
-- entidad: evaluacion
-- tabla: stg.rechazos
-- severidad: warn
-- titulo: Fila idéntica a otra en el libro de calificaciones
-- significa: El libro trae dos veces la misma fila, igual en todas sus columnas. La copia fue
--   rechazada.
-- importa: Una copia no cambia nada por sí sola, pero muestra que la exportación repite filas.
-- remedio: Avise a quien exporta el libro. La copia puede descartarse sin más con `academico dlq
--   discard ID`.
-- columnas: id, lote, linea
-- llave: id
-- padre: lote
-- total: SELECT count(*) FROM academico.evaluaciones
SELECT id, lote, linea
FROM stg.rechazos
WHERE estado = 'abierto' AND entidad = 'evaluacion'
    AND CASE WHEN cuerpo IS JSON OBJECT THEN convert_from(cuerpo, 'UTF8')::jsonb @> '{"copia_exacta": true}' END
