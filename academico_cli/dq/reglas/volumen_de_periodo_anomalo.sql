-- id: volumen_de_periodo_anomalo
-- entidad: periodo
-- tabla: academico.periodos
-- severidad: warn
-- titulo: Periodo con un número de inscripciones fuera de lo común
-- significa: El último periodo que ya empezó tiene más del doble, o menos de la mitad, de las
--   inscripciones habituales (mediana y MAD de al menos cuatro periodos anteriores; ni el probado
--   ni los ya señalados cuentan como habituales).
-- importa: Falta por llegar parte de las inscripciones, o se cargaron dos veces con otros grupos.
-- remedio: Compare el total con el de control escolar y pida reenviar lo que falte, o retirar lo
--   repetido.
-- columnas: periodo, inscripciones, mediana
-- llave: periodo
WITH cuenta AS (
    SELECT i.periodo, i.n, g.inicio
    FROM (SELECT periodo, count(*) AS n FROM academico.inscripciones GROUP BY periodo) AS i
    INNER JOIN (
        SELECT periodo, percentile_disc(0.5) WITHIN GROUP (ORDER BY fecha_inicio) AS inicio
        FROM academico.grupos
        GROUP BY periodo
    ) AS g USING (periodo)
    WHERE g.inicio < coalesce(nullif(current_setting('academico.hoy', true), '')::date, current_date) - 14
),
probado AS (
    SELECT * FROM cuenta ORDER BY inicio DESC LIMIT 1
),
habitual AS (
    SELECT ln(c.n) AS x
    FROM cuenta AS c, probado AS p
    WHERE c.inicio < p.inicio
        AND NOT EXISTS (
            SELECT
            FROM core.dq_results AS r
            CROSS JOIN LATERAL jsonb_array_elements(r.sample) AS s
            WHERE r.check_name = 'volumen_de_periodo_anomalo' AND NOT r.passed
                AND s ->> 'periodo' = c.periodo
        )
),
centro AS (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) AS mediana, count(*) AS periodos FROM habitual
),
dispersion AS (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(h.x - c.mediana)) AS mad
    FROM habitual AS h, centro AS c
)
SELECT p.periodo, p.n AS inscripciones, round(exp(c.mediana)) AS mediana
FROM probado AS p, centro AS c, dispersion AS d
WHERE c.periodos >= 4 AND abs(ln(p.n) - c.mediana) > greatest(ln(2), 5 * 1.4826 * d.mad)
