-- id: calificacion_en_el_futuro
-- entidad: calificacion
-- tabla: academico.calificaciones
-- severidad: error
-- titulo: Calificación con fecha futura
-- significa: La fecha de registro de la calificación (fecha_registro) es posterior al día de hoy,
--   con un día de holgura por husos horarios.
-- importa: Algo que todavía no ocurre no pudo registrarse: la fecha está mal, casi siempre el año o
--   el orden de día y mes.
-- remedio: Corrija la fecha en el sistema de origen y envíe de nuevo el evento calificacion.
-- columnas: id_alumno, id_grupo, fecha_registro
-- llave: id_alumno, id_grupo
-- padre: id_grupo
-- compuerta: si
SELECT id_alumno, id_grupo, fecha_registro, lote, id_mensaje
FROM academico.calificaciones
WHERE fecha_registro > coalesce(nullif(current_setting('academico.hoy', true), '')::date, current_date) + 1
