-- The data set knows no names and no ages. Gender contradicts itself from row to row for every student,
-- so it is not known either: X.
SELECT DISTINCT
    Bb_UserPK AS id_alumno,
    'Alumno ' || Bb_UserPK AS nombre,
    'X' AS genero
FROM course_data
ORDER BY id_alumno;
