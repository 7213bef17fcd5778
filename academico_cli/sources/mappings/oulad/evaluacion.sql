-- Every score, the Exam's too; an empty one is no event. Days are counted from the start of the
-- presentation; a score taken over from an earlier one has day -1.
SELECT
    s.id_student AS id_alumno,
    (ascii(a.code_module) - ascii('A') + 1) * 100000
        + left(a.code_presentation, 4)::INTEGER * 10
        + if(right(a.code_presentation, 1) = 'B', 1, 2) AS id_grupo,
    a.assessment_type || ' ' || a.id_assessment AS evaluacion,
    (s.score::INTEGER * 0.1::DECIMAL(2, 1))::DECIMAL(5, 2) AS calificacion,
    ((a.weight * 100)::INTEGER * 0.0001::DECIMAL(5, 4))::DECIMAL(5, 4) AS peso,
    make_date(left(a.code_presentation, 4)::INTEGER, if(right(a.code_presentation, 1) = 'B', 2, 10), 1)
        + s.date_submitted::INTEGER AS fecha,
    fecha::TIMESTAMP AS ocurrido_en
FROM studentAssessment AS s
INNER JOIN assessments AS a USING (id_assessment)
WHERE s.score IS NOT NULL
ORDER BY id_grupo, a.id_assessment, id_alumno;
