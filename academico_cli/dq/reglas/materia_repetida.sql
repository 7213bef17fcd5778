-- id: materia_repetida
-- entidad: materia
-- tabla: academico.materias
-- severidad: warn
-- titulo: Materia repetida
-- significa: Dos o más materias tienen el mismo nombre, salvo mayúsculas, acentos y espacios, y los
--   mismos créditos.
-- importa: Cuando se comparan materias: sus grupos se reparten entre dos claves y cada promedio
--   cuenta una parte.
-- remedio: Decida qué clave vale y envíe de nuevo los grupos de la otra con ella.
-- columnas: id_materia, repetida_de
-- llave: id_materia
-- padre: repetida_de
SELECT id_materia, repetida_de, lote, id_mensaje
FROM (
    SELECT
        id AS id_materia,
        lote,
        id_mensaje,
        min(id) OVER (
            PARTITION BY
                -- lower() leaves accented letters alone in the locale C.
                translate(
                    lower(regexp_replace(btrim(nombre), '\s+', ' ', 'g')), 'ÁÉÍÓÚÜÑáéíóúü', 'aeiouuñaeiouu'
                ),
                creditos
        ) AS repetida_de
    FROM academico.materias
) AS m
WHERE id_materia <> repetida_de
