-- Whoever stands in the gradebook of a section is enrolled in it. Nobody is said to have withdrawn.
SELECT DISTINCT
    Bb_UserPK AS id_alumno,
    list_position(['AnPhA', 'BioA', 'FrScA', 'OcnA', 'PhysA'], split_part(CourseSectionOrigID, '-', 1)) * 1000000
        + split_part(CourseSectionOrigID, '-', 2)[3:4]::INTEGER * 10000
        + replace(replace(split_part(CourseSectionOrigID, '-', 2)[1:2], 'S', '1'), 'T', '2')::INTEGER * 100
        + right(CourseSectionOrigID, 2)::INTEGER AS id_grupo
FROM course_data
ORDER BY id_grupo, id_alumno;
