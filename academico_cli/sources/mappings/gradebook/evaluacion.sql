-- Each row of the gradebook, out of 10. A row without points is no event: the work was not handed in.
-- What cannot be true is not mended here: it is sent as it is, refused by the contract, and kept among the
-- rejects with what the gradebook says (titulo, puntos_*), where rules of quality count it.
--   * more points earned than possible: more than 10, and never cut off at 10;
--   * 0 points possible: no calificacion can be computed, so there is none;
--   * a second row of the same student, section and title: it has no evaluacion, for that is a name
--     unique in the group. The first row stays; which is right, nobody knows. repeticion says how many
--     rows came before, copia_exacta that one of those is the same in every column.
WITH fila AS (
    SELECT
        *,
        row_number() OVER () AS numero
    FROM course_data
),

contada AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY CourseSectionOrigID, Bb_UserPK, Gradebook_Item ORDER BY numero) - 1
            AS anteriores,
        row_number() OVER (
            PARTITION BY
                CourseSectionOrigID, Bb_UserPK, Gradebook_Item, Grade_Category, FinalGradeCEMS,
                Points_Possible, Points_Earned, Gender
            ORDER BY numero
        ) > 1 AS copia
    FROM fila
)

SELECT
    Bb_UserPK AS id_alumno,
    list_position(['AnPhA', 'BioA', 'FrScA', 'OcnA', 'PhysA'], split_part(CourseSectionOrigID, '-', 1)) * 1000000
        + split_part(CourseSectionOrigID, '-', 2)[3:4]::INTEGER * 10000
        + replace(replace(split_part(CourseSectionOrigID, '-', 2)[1:2], 'S', '1'), 'T', '2')::INTEGER * 100
        + right(CourseSectionOrigID, 2)::INTEGER AS id_grupo,
    if(anteriores = 0, Gradebook_Item, NULL) AS evaluacion,
    if(
        Points_Possible > 0, round(Points_Earned * 10 / Points_Possible, 4), NULL
    )::DECIMAL(12, 4) AS calificacion,
    Gradebook_Item AS titulo,
    Points_Possible AS puntos_posibles,
    Points_Earned AS puntos_obtenidos,
    nullif(anteriores, 0) AS repeticion,
    if(copia, true, NULL) AS copia_exacta
FROM contada
WHERE Points_Earned IS NOT NULL OR Points_Possible = 0 OR anteriores > 0
ORDER BY id_grupo, id_alumno, titulo, anteriores;
