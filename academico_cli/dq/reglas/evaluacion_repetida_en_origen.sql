-- id: evaluacion_repetida_en_origen
-- entidad: evaluacion
-- tabla: stg.rechazos
-- severidad: error
-- titulo: Evaluación repetida en el libro de calificaciones
-- significa: El libro trae otra fila con el mismo alumno, grupo y título. La primera quedó; las
--   demás fueron rechazadas porque el nombre de una evaluación es único.
-- importa: No se sabe cuál de las dos vale: la calificación del alumno puede estar mal.
-- remedio: Vea ambas con `academico dlq show ID`, pregunte al maestro cuál vale, y reenvíe esa; si
--   son dos trabajos, póngales títulos distintos.
-- columnas: id, lote, linea
-- llave: id
-- padre: lote
-- total: SELECT count(*) FROM academico.evaluaciones
SELECT id, lote, linea
FROM stg.rechazos
WHERE estado = 'abierto' AND entidad = 'evaluacion'
    AND CASE WHEN cuerpo IS JSON OBJECT THEN convert_from(cuerpo, 'UTF8')::jsonb ? 'repeticion' END
