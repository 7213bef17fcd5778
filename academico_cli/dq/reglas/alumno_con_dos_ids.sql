-- id: alumno_con_dos_ids
-- entidad: alumno
-- tabla: academico.alumnos
-- severidad: warn
-- titulo: Mismo nombre, edad y género con dos matrículas
-- significa: Hay más alumnos con el mismo nombre, edad y género de los que la casualidad explica.
--   La casualidad se estima con los homónimos de distinta edad: unos pocos homónimos no son falta.
-- importa: Si es una sola persona, su historial está partido en dos: promedio, créditos y riesgo
--   salen mal.
-- remedio: Compare la CURP o el acta de ambas matrículas. Si es la misma persona, pida unificarlas
--   en el sistema de origen y reenviar sus eventos con una sola.
-- columnas: id_alumno, id_repetido
WITH persona AS (
    SELECT
        -- lower() leaves accented letters alone in the locale C.
        translate(lower(nombre), 'ÁÉÍÓÚÜÑáéíóúü', 'aeiouuñaeiouu') AS nombre,
        genero, edad, array_agg(id ORDER BY id) AS ids
    FROM academico.alumnos
    WHERE edad IS NOT NULL
    GROUP BY 1, genero, edad
),
igual AS MATERIALIZED (
    SELECT ids, cardinality(ids)::numeric * (cardinality(ids) - 1) / 2 AS pares
    FROM persona
    WHERE cardinality(ids) > 1
),
homonimo AS MATERIALIZED (
    SELECT edad, cardinality(ids) AS n, sum(cardinality(ids)) OVER (PARTITION BY nombre, genero) AS todos
    FROM persona
),
-- Chance that two of those who have a namesake are of one age.
coincide AS (
    SELECT sum(n * n) / nullif(sum(n) ^ 2, 0) AS p
    FROM (SELECT sum(n) AS n FROM homonimo WHERE todos > 1 GROUP BY edad) AS t
),
azar AS (
    SELECT (h.pares - i.pares) * c.p / greatest(1 - c.p, 0.01) AS esperados, i.pares
    FROM (SELECT coalesce(sum(n * (todos - 1)) / 2, 0) AS pares FROM homonimo) AS h,
        (SELECT coalesce(sum(pares), 0) AS pares FROM igual) AS i,
        coincide AS c
)
SELECT i.ids[1] AS id_alumno, r.id AS id_repetido
FROM igual AS i
CROSS JOIN azar AS z
CROSS JOIN LATERAL unnest(i.ids[2:]) AS r (id)
WHERE z.pares > z.esperados + 4 * sqrt(z.esperados) + 1
