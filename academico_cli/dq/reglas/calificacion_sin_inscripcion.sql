-- id: calificacion_sin_inscripcion
-- entidad: calificacion
-- tabla: academico.calificaciones
-- severidad: error
-- titulo: Calificación sin inscripción
-- significa: El alumno tiene calificación en un grupo en el que no consta su inscripción.
-- importa: Siempre: o falta la inscripción, o la calificación es de otro alumno o de otro grupo.
-- remedio: Compare con el acta del grupo; envíe la inscripción que falta, o pida al publicador que
--   corrija la calificación.
-- columnas: id_alumno, id_grupo, periodo
-- llave: id_alumno, id_grupo
-- padre: id_grupo
SELECT c.id_alumno, c.id_grupo, c.periodo, c.lote, c.id_mensaje
FROM academico.calificaciones AS c
LEFT JOIN academico.inscripciones AS i
    ON i.id_alumno = c.id_alumno AND i.id_grupo = c.id_grupo AND i.periodo = c.periodo
WHERE i.id_alumno IS NULL
