-- id: inscripcion_tras_baja
-- entidad: inscripcion
-- tabla: academico.inscripciones
-- severidad: warn
-- titulo: Inscripción posterior a la baja
-- significa: La fecha de inscripción es posterior al día en que el alumno causó baja del mismo
--   grupo.
-- importa: El alumno pudo volver al grupo y su regreso se perdió: sigue contando como baja.
-- remedio: Pregunte al alumno o al maestro. Si volvió, envíe la inscripcion con estado inscrito; si
--   no, corrija la fecha de inscripción.
-- columnas: id_alumno, id_grupo, periodo, fecha_inscripcion
-- llave: id_alumno, id_grupo
-- padre: id_grupo
SELECT id_alumno, id_grupo, periodo, fecha_inscripcion, lote, id_mensaje
FROM academico.inscripciones
WHERE estado = 'baja' AND fecha_inscripcion > (ocurrido_en AT TIME ZONE 'UTC')::date + 1
