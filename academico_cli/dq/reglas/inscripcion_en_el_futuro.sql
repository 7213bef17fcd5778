-- id: inscripcion_en_el_futuro
-- entidad: inscripcion
-- tabla: academico.inscripciones
-- severidad: error
-- titulo: Inscripción con fecha futura
-- significa: La fecha de la inscripción (fecha_inscripcion) es posterior al día de hoy, con un día
--   de holgura por husos horarios.
-- importa: Algo que todavía no ocurre no pudo registrarse: la fecha está mal, casi siempre el año o
--   el orden de día y mes.
-- remedio: Corrija la fecha en el sistema de origen y envíe de nuevo el evento inscripcion.
-- columnas: id_alumno, id_grupo, fecha_inscripcion
-- llave: id_alumno, id_grupo
-- padre: id_grupo
-- compuerta: si
SELECT id_alumno, id_grupo, fecha_inscripcion, lote, id_mensaje
FROM academico.inscripciones
WHERE fecha_inscripcion > coalesce(nullif(current_setting('academico.hoy', true), '')::date, current_date) + 1
