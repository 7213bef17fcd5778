-- id: calificacion_cambiada_muchas_veces
-- entidad: calificacion
-- tabla: academico.calificaciones
-- severidad: warn
-- titulo: Calificación final cambiada tres veces o más
-- significa: La calificación final del alumno en el grupo ya tuvo al menos cuatro valores.
-- importa: Un acta se corrige una vez. Más cambios suelen ser dos sistemas que se contradicen, o
--   alguien que prueba qué calificación se acepta.
-- remedio: Vea todos los valores con `academico audit show calificacion ALUMNO/GRUPO` y acuerde con
--   el maestro cuál vale; si dos sistemas la envían, deje uno solo.
-- columnas: id_alumno, id_grupo, cambios, ultimo
-- llave: id_alumno, id_grupo
-- padre: id_grupo
SELECT
    a.id_alumno, (a.clave ->> 'id_grupo')::bigint AS id_grupo, count(*) AS cambios,
    max((a.ocurrido_en AT TIME ZONE 'UTC')::date) AS ultimo, max(a.lote) AS lote
FROM core.auditoria AS a
WHERE a.tabla = 'calificaciones' AND a.anterior ->> 'calificacion' <> a.nuevo ->> 'calificacion'
GROUP BY a.id_alumno, a.clave
HAVING count(*) >= 3
