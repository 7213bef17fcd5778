-- id: calificacion_con_baja
-- entidad: calificacion
-- tabla: academico.calificaciones
-- severidad: error
-- titulo: Calificación de quien se dio de baja
-- significa: El alumno se dio de baja del grupo y tiene en él una calificación final.
-- importa: Al cerrar actas: la calificación cuenta en los promedios, y el alumno no debería tenerla.
-- remedio: Si la baja es un error, envíe de nuevo la inscripción con estado inscrito; si no, pida que
--   se anule la calificación.
-- columnas: id_alumno, id_grupo, periodo
-- llave: id_alumno, id_grupo
-- padre: id_grupo
SELECT c.id_alumno, c.id_grupo, c.periodo, c.lote, c.id_mensaje
FROM academico.calificaciones AS c
INNER JOIN academico.inscripciones AS i
    ON i.id_alumno = c.id_alumno AND i.id_grupo = c.id_grupo AND i.periodo = c.periodo
WHERE i.estado = 'baja'
