-- id: evento_sellado_en_el_futuro
-- entidad: flujo
-- tabla: academico.calificaciones
-- severidad: error
-- titulo: Evento con hora del futuro
-- significa: La hora del dato guardado (ocurrido_en) es posterior a ahora por más de un día: lo
--   envió un sistema con el reloj mal.
-- importa: Gana siempre el evento más nuevo: hasta que llegue esa fecha, toda corrección de este
--   dato se descarta por obsoleta.
-- remedio: Corrija el reloj de quien publica. Para liberar el dato, reenvíe el valor correcto con
--   un ocurrido_en posterior al del futuro, o pida a sistemas que lo retire y haga replay.
-- columnas: entidad, id_alumno, id_grupo, lote
-- llave: entidad, id_alumno, id_grupo
-- padre: lote
SELECT v.entidad, v.id_alumno, v.id_grupo, v.lote, v.id_mensaje
FROM (
    SELECT 'alumno' AS entidad, id AS id_alumno, NULL::bigint AS id_grupo, ocurrido_en, lote, id_mensaje
    FROM academico.alumnos
    UNION ALL
    SELECT 'grupo', NULL, id, ocurrido_en, lote, id_mensaje FROM academico.grupos
    UNION ALL
    SELECT 'inscripcion', id_alumno, id_grupo, ocurrido_en, lote, id_mensaje FROM academico.inscripciones
    UNION ALL
    SELECT 'calificacion', id_alumno, id_grupo, ocurrido_en, lote, id_mensaje FROM academico.calificaciones
    UNION ALL
    SELECT 'evaluacion', id_alumno, id_grupo, ocurrido_en, lote, id_mensaje FROM academico.evaluaciones
) AS v
WHERE v.ocurrido_en > coalesce(nullif(current_setting('academico.hoy', true), '')::timestamptz, now()) + interval '1 day'
