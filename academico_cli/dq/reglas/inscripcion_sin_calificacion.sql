-- id: inscripcion_sin_calificacion
-- entidad: inscripcion
-- tabla: academico.inscripciones
-- severidad: error
-- titulo: Inscritos sin calificación final
-- significa: El grupo ya fue calificado (al menos la mitad de sus inscritos tiene calificación
--   final, la última de hace más de una semana) y este alumno no tiene ninguna ni causó baja. Falla
--   cuando pasa del 1 % de los inscritos.
-- importa: El alumno no puede cerrar la materia, y el promedio del grupo se calcula sin él.
-- remedio: Pida al maestro la calificación que falta en el acta y envíela; si el alumno dejó el
--   grupo, envíe la inscripcion con estado baja.
-- umbral: 1%
-- columnas: id_alumno, id_grupo, periodo
-- llave: id_alumno, id_grupo
-- padre: id_grupo
-- total: SELECT count(*) FROM academico.inscripciones WHERE estado = 'inscrito'
WITH calificado AS (
    SELECT i.id_grupo, i.periodo
    FROM academico.inscripciones AS i
    LEFT JOIN academico.calificaciones AS c USING (id_alumno, id_grupo, periodo)
    WHERE i.estado = 'inscrito'
    GROUP BY i.id_grupo, i.periodo
    HAVING count(c.id_alumno) * 2 >= count(*)
        -- Without dates nobody can say that the grades are still being entered.
        AND coalesce(max(c.fecha_registro), '-infinity') < coalesce(nullif(current_setting('academico.hoy', true), '')::date, current_date) - 7
)
SELECT i.id_alumno, i.id_grupo, i.periodo, i.lote, i.id_mensaje
FROM academico.inscripciones AS i
INNER JOIN calificado USING (id_grupo, periodo)
LEFT JOIN academico.calificaciones AS c USING (id_alumno, id_grupo, periodo)
WHERE i.estado = 'inscrito' AND c.id_alumno IS NULL
