-- id: calificacion_cambiada_tras_cierre
-- entidad: calificacion
-- tabla: academico.calificaciones
-- severidad: warn
-- titulo: Calificación final cambiada después de cerrar el periodo
-- significa: La calificación final se cambió más de 180 días después de empezar el grupo y más de 30
--   después de la fecha del acta que reemplaza.
-- importa: Un periodo cerrado ya contó para promedios, becas y certificados: cada cambio necesita una
--   corrección de acta autorizada.
-- remedio: Vea los valores, el mensaje y el usuario con `academico audit show calificacion
--   ALUMNO/GRUPO` y pida la corrección de acta; si no la hay, envíe de nuevo la calificación anterior.
-- columnas: id_alumno, id_grupo, antes, despues, cambiada_el
-- llave: id_alumno, id_grupo
-- padre: id_grupo
WITH cambio AS (
    SELECT DISTINCT ON (a.id_alumno, a.clave)
        a.id_alumno, (a.clave ->> 'id_grupo')::bigint AS id_grupo,
        (a.anterior ->> 'calificacion')::numeric AS antes, (a.nuevo ->> 'calificacion')::numeric AS despues,
        (a.ocurrido_en AT TIME ZONE 'UTC')::date AS cambiada_el,
        (a.anterior ->> 'fecha_registro')::date AS acta, a.lote, a.id_mensaje
    FROM core.auditoria AS a
    WHERE a.tabla = 'calificaciones' AND a.anterior ->> 'calificacion' <> a.nuevo ->> 'calificacion'
    ORDER BY a.id_alumno, a.clave, a.id DESC
)
SELECT c.id_alumno, c.id_grupo, c.antes, c.despues, c.cambiada_el, c.lote, c.id_mensaje
FROM cambio AS c
INNER JOIN academico.grupos AS g ON g.id = c.id_grupo
WHERE c.cambiada_el > g.fecha_inicio + 180 AND c.cambiada_el > coalesce(c.acta, g.fecha_inicio) + 30
