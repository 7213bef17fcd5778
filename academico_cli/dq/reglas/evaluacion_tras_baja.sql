-- id: evaluacion_tras_baja
-- entidad: evaluacion
-- tabla: academico.evaluaciones
-- severidad: warn
-- titulo: Evaluación posterior a la baja
-- significa: La evaluación tiene fecha posterior a la baja del alumno.
-- importa: El alumno siguió en clase después de su baja, o la baja se registró con fecha
--   equivocada.
-- remedio: Pregunte al maestro si el alumno asistió; corrija la fecha de la evaluación, o reenvíe
--   la inscripcion con el estado y el ocurrido_en correctos.
-- columnas: id_alumno, id_grupo, evaluacion, fecha
-- llave: id_alumno, id_grupo, evaluacion
-- padre: id_grupo
SELECT e.id_alumno, e.id_grupo, e.evaluacion, e.fecha, e.lote, e.id_mensaje
FROM academico.inscripciones AS i
INNER JOIN academico.evaluaciones AS e USING (id_alumno, id_grupo)
WHERE i.estado = 'baja' AND e.fecha > (i.ocurrido_en AT TIME ZONE 'UTC')::date
