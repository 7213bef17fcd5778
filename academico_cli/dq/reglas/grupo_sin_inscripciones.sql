-- id: grupo_sin_inscripciones
-- entidad: grupo
-- tabla: academico.grupos
-- severidad: warn
-- titulo: Grupos sin alumnos
-- significa: El grupo empezó hace más de dos semanas y nadie está ni estuvo inscrito. Falla cuando
--   son más de uno de cada veinte.
-- importa: Sus inscripciones pueden haberse perdido, o el grupo se canceló y sigue contando como
--   abierto.
-- remedio: Revise en el sistema de horarios si el grupo se impartió; si fue así, envíe sus
--   inscripciones.
-- umbral: 5%
-- columnas: id_grupo, periodo
-- llave: id_grupo
-- padre: periodo
SELECT g.id AS id_grupo, g.periodo, g.lote, g.id_mensaje
FROM academico.grupos AS g
WHERE g.fecha_inicio < coalesce(nullif(current_setting('academico.hoy', true), '')::date, current_date) - 14
    AND NOT EXISTS (
        SELECT FROM academico.inscripciones AS i WHERE i.id_grupo = g.id AND i.periodo = g.periodo
    )
