-- A section: AnPhA-S116-01 is grupo 1161101 (materia 1, year 16, S1 = 11 and T1 = 21, section 01) of the
-- periodo 2016S1. The number depends on the name alone, so other sections can be loaded later. The
-- data set knows no teacher and no first day.
SELECT DISTINCT
    list_position(['AnPhA', 'BioA', 'FrScA', 'OcnA', 'PhysA'], split_part(CourseSectionOrigID, '-', 1)) AS id_materia,
    id_materia * 1000000
        + split_part(CourseSectionOrigID, '-', 2)[3:4]::INTEGER * 10000
        + replace(replace(split_part(CourseSectionOrigID, '-', 2)[1:2], 'S', '1'), 'T', '2')::INTEGER * 100
        + right(CourseSectionOrigID, 2)::INTEGER AS id_grupo,
    '20' || split_part(CourseSectionOrigID, '-', 2)[3:4] || split_part(CourseSectionOrigID, '-', 2)[1:2] AS periodo
FROM course_data
ORDER BY id_grupo;
