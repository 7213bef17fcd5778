-- Final grade of every enrolment that was not withdrawn, over the group's assessments without the
-- Exam: weights add up to 100 there, a score is out of 100, so sum(score x weight) / 1000 is out of
-- 10. A missing score counts 0. Where all weights are 0 (GGG), the plain mean.
-- In whole hundredths and whole numbers only, rounded half up: DuckDB divides decimals as doubles.
WITH tareas AS (
    SELECT
        code_module,
        code_presentation,
        count(*) AS cuantas,
        sum(weight) = 0 AS sin_pesos
    FROM assessments
    WHERE assessment_type <> 'Exam'
    GROUP BY ALL
),

puntos AS (
    SELECT
        a.code_module,
        a.code_presentation,
        s.id_student,
        sum(s.score::BIGINT) AS suma,
        sum(s.score::BIGINT * (a.weight * 100)::BIGINT) AS suma_pesada
    FROM studentAssessment AS s
    INNER JOIN assessments AS a USING (id_assessment)
    WHERE a.assessment_type <> 'Exam'
    GROUP BY ALL
)

SELECT
    i.id_student AS id_alumno,
    (ascii(i.code_module) - ascii('A') + 1) * 100000
        + left(i.code_presentation, 4)::INTEGER * 10
        + if(right(i.code_presentation, 1) = 'B', 1, 2) AS id_grupo,
    (if(
        t.sin_pesos,
        (coalesce(p.suma, 0) * 20 + t.cuantas) // (2 * t.cuantas),
        (coalesce(p.suma_pesada, 0) + 500) // 1000
    )::INTEGER * 0.01::DECIMAL(3, 2))::DECIMAL(5, 2) AS calificacion,
    make_date(left(i.code_presentation, 4)::INTEGER, if(right(i.code_presentation, 1) = 'B', 2, 10), 1)
        + c.module_presentation_length::INTEGER AS fecha_registro,
    fecha_registro::TIMESTAMP AS ocurrido_en
FROM studentInfo AS i
INNER JOIN courses AS c USING (code_module, code_presentation)
INNER JOIN tareas AS t USING (code_module, code_presentation)
LEFT JOIN puntos AS p USING (code_module, code_presentation, id_student)
WHERE i.final_result <> 'Withdrawn'
ORDER BY id_grupo, id_alumno;
