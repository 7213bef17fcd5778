-- The gradebook names its subjects by letters only: AnPhA-S116-01 is section 01 of AnPhA.
SELECT DISTINCT
    split_part(CourseSectionOrigID, '-', 1) AS nombre,
    list_position(['AnPhA', 'BioA', 'FrScA', 'OcnA', 'PhysA'], nombre) AS id_materia
FROM course_data
ORDER BY id_materia;
