-- A presentation of a module: AAA 2013J is grupo 120132 (module 1, 2013, second start of the year).
-- The number depends on the names alone, so other presentations can be loaded later.
-- B starts in February and J in October; the data set gives no day.
SELECT
    (ascii(code_module) - ascii('A') + 1) * 100000
        + left(code_presentation, 4)::INTEGER * 10
        + if(right(code_presentation, 1) = 'B', 1, 2) AS id_grupo,
    ascii(code_module) - ascii('A') + 1 AS id_materia,
    code_presentation AS periodo,
    make_date(left(code_presentation, 4)::INTEGER, if(right(code_presentation, 1) = 'B', 2, 10), 1) AS fecha_inicio,
    fecha_inicio::TIMESTAMP AS ocurrido_en
FROM courses
ORDER BY id_grupo;
