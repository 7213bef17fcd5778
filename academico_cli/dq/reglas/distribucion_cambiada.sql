-- id: distribucion_cambiada
-- entidad: materia
-- tabla: academico.calificaciones
-- severidad: warn
-- titulo: Las calificaciones de la materia cambiaron de golpe
-- significa: En el último periodo las calificaciones de la materia se reparten de modo muy distinto
--   al de los periodos anteriores (índice PSI mayor que 1, descontado lo que el azar explica).
-- importa: Suele ser otra escala (5 a 10, 0 a 100 entre diez), un acta con valores por defecto o
--   calificaciones de otra materia.
-- remedio: Revise con la coordinación las actas de la materia en el periodo; si la escala es otra,
--   reenvíe las calificaciones convertidas.
-- columnas: id_materia, periodo, psi, calificaciones
-- llave: id_materia, periodo
-- total: SELECT count(*) FROM academico.materias
WITH tramo AS (
    SELECT
        g.id_materia, c.periodo, width_bucket(c.calificacion, '{5, 6, 7, 8, 9}'::numeric[]) AS tramo,
        count(*) AS n
    FROM academico.calificaciones AS c
    INNER JOIN academico.grupos AS g ON g.id = c.id_grupo AND g.periodo = c.periodo
    GROUP BY g.id_materia, c.periodo, 3
),
ultimo AS (
    SELECT max(periodo) AS periodo FROM academico.calificaciones
),
lado AS (
    SELECT
        t.id_materia, b.tramo,
        coalesce(sum(t.n) FILTER (WHERE t.periodo = (SELECT periodo FROM ultimo) AND t.tramo = b.tramo), 0) AS ahora,
        coalesce(sum(t.n) FILTER (WHERE t.periodo < (SELECT periodo FROM ultimo) AND t.tramo = b.tramo), 0) AS antes
    FROM tramo AS t
    CROSS JOIN generate_series(0, 5) AS b (tramo)
    GROUP BY t.id_materia, b.tramo
),
parte AS (
    -- Half a grade more in each of the six: no empty one makes it infinite.
    SELECT
        id_materia, ahora, antes,
        (ahora + 0.5) / (sum(ahora) OVER w + 3) AS p,
        (antes + 0.5) / (sum(antes) OVER w + 3) AS q
    FROM lado
    WINDOW w AS (PARTITION BY id_materia)
)
SELECT
    p.id_materia,
    (SELECT periodo FROM ultimo) AS periodo,
    round(sum((p.p - p.q) * ln(p.p / p.q)), 2) AS psi,
    sum(p.ahora) AS calificaciones
FROM parte AS p
GROUP BY p.id_materia
HAVING sum(p.ahora) >= 30 AND sum(p.antes) >= 60
    AND sum((p.p - p.q) * ln(p.p / p.q)) > 1 + 3 * 5 * (1 / sum(p.ahora) + 1 / sum(p.antes))
