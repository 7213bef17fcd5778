-- The data set names its modules by letters only: AAA is materia 1, BBB is 2.
SELECT
    ascii(code_module) - ascii('A') + 1 AS id_materia,
    code_module AS nombre,
    min(make_date(left(code_presentation, 4)::INTEGER, if(right(code_presentation, 1) = 'B', 2, 10), 1))::TIMESTAMP
        AS ocurrido_en
FROM courses
GROUP BY code_module
ORDER BY id_materia;
