-- id: calificacion_antes_del_curso
-- entidad: calificacion
-- tabla: academico.calificaciones
-- severidad: error
-- titulo: Calificación final anterior al inicio del curso
-- significa: La calificación final se registró antes del primer día de clases del grupo.
-- importa: Nadie puede ser calificado antes de empezar: la fecha es falsa, o el acta es de otro
--   periodo.
-- remedio: Revise en el acta la fecha y el grupo, y envíe de nuevo la calificación corregida.
-- columnas: id_alumno, id_grupo, fecha_inicio, fecha_registro
-- llave: id_alumno, id_grupo
-- padre: id_grupo
-- compuerta: si
SELECT c.id_alumno, c.id_grupo, g.fecha_inicio, c.fecha_registro, c.lote, c.id_mensaje
FROM academico.calificaciones AS c
INNER JOIN academico.grupos AS g ON g.id = c.id_grupo AND g.periodo = c.periodo
WHERE c.fecha_registro < g.fecha_inicio
