-- id: evaluacion_en_el_futuro
-- entidad: evaluacion
-- tabla: academico.evaluaciones
-- severidad: error
-- titulo: Evaluación con fecha futura
-- significa: La fecha de la evaluación (fecha) es posterior al día de hoy, con un día de holgura
--   por husos horarios.
-- importa: Algo que todavía no ocurre no pudo registrarse: la fecha está mal, casi siempre el año o
--   el orden de día y mes.
-- remedio: Corrija la fecha en el sistema de origen y envíe de nuevo el evento evaluacion.
-- columnas: id_alumno, id_grupo, evaluacion, fecha
-- llave: id_alumno, id_grupo, evaluacion
-- padre: id_grupo
-- compuerta: si
SELECT id_alumno, id_grupo, evaluacion, fecha, lote, id_mensaje
FROM academico.evaluaciones
WHERE fecha > coalesce(nullif(current_setting('academico.hoy', true), '')::date, current_date) + 1
