-- Days are counted from the start of the presentation. Some registrations have no day.
SELECT
    i.id_student AS id_alumno,
    (ascii(i.code_module) - ascii('A') + 1) * 100000
        + left(i.code_presentation, 4)::INTEGER * 10
        + if(right(i.code_presentation, 1) = 'B', 1, 2) AS id_grupo,
    inicio + r.date_registration::INTEGER AS fecha_inscripcion,
    if(i.final_result = 'Withdrawn', 'baja', 'inscrito') AS estado,
    (inicio + coalesce(
        if(i.final_result = 'Withdrawn', r.date_unregistration::INTEGER, NULL), r.date_registration::INTEGER, 0
    ))::TIMESTAMP AS ocurrido_en
FROM studentInfo AS i
LEFT JOIN studentRegistration AS r USING (code_module, code_presentation, id_student)
CROSS JOIN LATERAL (
    SELECT make_date(left(i.code_presentation, 4)::INTEGER, if(right(i.code_presentation, 1) = 'B', 2, 10), 1) AS inicio
) AS presentacion
ORDER BY id_grupo, id_alumno;
