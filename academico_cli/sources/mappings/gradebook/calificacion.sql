-- FinalGradeCEMS is out of 100 and the same in all rows of an enrolment. Where it is missing there is no
-- final grade, and no event. Rounded half up, to whole hundredths.
SELECT DISTINCT
    Bb_UserPK AS id_alumno,
    list_position(['AnPhA', 'BioA', 'FrScA', 'OcnA', 'PhysA'], split_part(CourseSectionOrigID, '-', 1)) * 1000000
        + split_part(CourseSectionOrigID, '-', 2)[3:4]::INTEGER * 10000
        + replace(replace(split_part(CourseSectionOrigID, '-', 2)[1:2], 'S', '1'), 'T', '2')::INTEGER * 100
        + right(CourseSectionOrigID, 2)::INTEGER AS id_grupo,
    (round(FinalGradeCEMS::DECIMAL(14, 9) * 10)::INTEGER * 0.01::DECIMAL(3, 2))::DECIMAL(5, 2) AS calificacion
FROM course_data
WHERE FinalGradeCEMS IS NOT NULL
ORDER BY id_grupo, id_alumno;
