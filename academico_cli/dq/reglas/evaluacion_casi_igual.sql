-- id: evaluacion_casi_igual
-- entidad: evaluacion
-- tabla: academico.evaluaciones
-- severidad: warn
-- titulo: Evaluación con dos formas de escribir su nombre
-- significa: En el grupo hay dos evaluaciones cuyo nombre solo difiere en mayúsculas o espacios, y
--   este alumno tiene ambas.
-- importa: La misma evaluación cuenta dos veces en su calificación.
-- remedio: Elija una forma del nombre, reenvíe la evaluación con ella y pida que se retire la otra
--   en el sistema de origen.
-- columnas: id_alumno, id_grupo, evaluacion
-- padre: id_grupo
WITH nombre AS (
    SELECT DISTINCT id_grupo, evaluacion FROM academico.evaluaciones
),
variante AS (
    SELECT id_grupo, evaluacion, forma
    FROM (
        SELECT
            id_grupo, evaluacion, f.forma,
            count(*) OVER (PARTITION BY id_grupo, f.forma) AS formas
        FROM nombre
        CROSS JOIN LATERAL (SELECT lower(regexp_replace(evaluacion, '\s+', '', 'g')) AS forma) AS f
    ) AS n
    WHERE formas > 1
)
SELECT e.id_alumno, e.id_grupo, min(v.forma) AS evaluacion
FROM variante AS v
INNER JOIN academico.evaluaciones AS e USING (id_grupo, evaluacion)
GROUP BY e.id_alumno, e.id_grupo, v.forma
HAVING count(*) > 1
