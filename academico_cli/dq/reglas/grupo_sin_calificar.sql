-- id: grupo_sin_calificar
-- entidad: grupo
-- tabla: academico.grupos
-- severidad: error
-- titulo: Grupo sin calificar en un periodo ya cerrado
-- significa: De los grupos del periodo, al menos ocho de cada diez tienen calificaciones finales,
--   la última de hace más de una semana, y este no tiene ninguna.
-- importa: El acta de este grupo no ha llegado: sus alumnos no aparecen en los indicadores del
--   periodo.
-- remedio: Pida el acta al maestro; si ya la entregó, busque en `academico dlq list` si sus
--   calificaciones fueron rechazadas.
-- columnas: id_grupo, periodo, inscritos
-- llave: id_grupo
-- padre: periodo
WITH inscrito AS (
    SELECT id_grupo, periodo, count(*) AS inscritos
    FROM academico.inscripciones
    WHERE estado = 'inscrito'
    GROUP BY id_grupo, periodo
),
grupo AS (
    SELECT i.*, c.ultima, c.id_grupo IS NULL AS falta
    FROM inscrito AS i
    LEFT JOIN (
        SELECT id_grupo, periodo, max(fecha_registro) AS ultima
        FROM academico.calificaciones
        GROUP BY id_grupo, periodo
    ) AS c USING (id_grupo, periodo)
),
cerrado AS (
    SELECT periodo
    FROM grupo
    GROUP BY periodo
    HAVING avg(falta::integer) <= 0.2
        AND coalesce(max(ultima), '-infinity') < coalesce(nullif(current_setting('academico.hoy', true), '')::date, current_date) - 7
)
SELECT g.id_grupo, g.periodo, g.inscritos
FROM grupo AS g
INNER JOIN cerrado USING (periodo)
-- A very small group may have been left by everybody.
WHERE g.falta AND g.inscritos >= 5
