-- id: evaluacion_sin_puntos_posibles
-- entidad: evaluacion
-- tabla: stg.rechazos
-- severidad: error
-- titulo: Evaluación con cero puntos posibles
-- significa: El libro de calificaciones dice que la evaluación vale cero puntos: no hay
--   calificación que calcular. Fue rechazada.
-- importa: El alumno pudo ganar puntos que no cuentan en ningún lado.
-- remedio: Pregunte al maestro cuánto vale la evaluación, corrija el libro y reenvíe; si no vale
--   nada, descarte el rechazo con `academico dlq discard ID`.
-- columnas: id, lote, linea
-- llave: id
-- padre: lote
-- total: SELECT count(*) FROM academico.evaluaciones
SELECT id, lote, linea
FROM stg.rechazos
WHERE estado = 'abierto' AND entidad = 'evaluacion'
    AND CASE WHEN cuerpo IS JSON OBJECT THEN convert_from(cuerpo, 'UTF8')::jsonb @> '{"puntos_posibles": 0}' END
