-- id: evaluacion_sin_inscripcion
-- entidad: evaluacion
-- tabla: academico.evaluaciones
-- severidad: error
-- titulo: Evaluación sin inscripción
-- significa: El alumno tiene evaluaciones en un grupo en el que nunca se inscribió.
-- importa: O se perdió su inscripción, o las evaluaciones son de otro alumno o de otro grupo.
-- remedio: Busque al alumno en la lista del grupo: si está, envíe su inscripcion; si no, pida al
--   maestro corregir sus registros.
-- columnas: id_alumno, id_grupo
-- padre: id_grupo
SELECT e.id_alumno, e.id_grupo
FROM (SELECT DISTINCT id_alumno, id_grupo FROM academico.evaluaciones) AS e
LEFT JOIN academico.inscripciones AS i USING (id_alumno, id_grupo)
WHERE i.id_alumno IS NULL
