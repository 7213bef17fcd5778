-- id: calificacion_antes_de_inscripcion
-- entidad: calificacion
-- tabla: academico.calificaciones
-- severidad: error
-- titulo: Calificación anterior a la inscripción
-- significa: La calificación final se registró antes de que el alumno se inscribiera al grupo.
-- importa: Una de las dos fechas es falsa, o la calificación viene de otro curso.
-- remedio: Compare el acta con el comprobante de inscripción y reenvíe el evento cuya fecha esté
--   mal.
-- columnas: id_alumno, id_grupo, fecha_inscripcion, fecha_registro
-- llave: id_alumno, id_grupo
-- padre: id_grupo
-- compuerta: si
SELECT c.id_alumno, c.id_grupo, i.fecha_inscripcion, c.fecha_registro, c.lote, c.id_mensaje
FROM academico.calificaciones AS c
INNER JOIN academico.inscripciones AS i USING (id_alumno, id_grupo, periodo)
WHERE c.fecha_registro < i.fecha_inscripcion
