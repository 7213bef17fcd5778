-- A person as described by the latest presentation taken. The data set knows no names and gives age
-- only as a band (0-35, 35-55, 55<=); an invented age would look like a fact, so edad stays unknown.
SELECT
    id_student AS id_alumno,
    'Alumno ' || id_student AS nombre,
    gender AS genero,
    make_date(left(code_presentation, 4)::INTEGER, if(right(code_presentation, 1) = 'B', 2, 10), 1)::TIMESTAMP
        AS ocurrido_en
FROM studentInfo
QUALIFY row_number() OVER (PARTITION BY id_student ORDER BY code_presentation DESC, code_module DESC) = 1
ORDER BY id_alumno;
