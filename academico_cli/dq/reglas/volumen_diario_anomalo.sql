-- id: volumen_diario_anomalo
-- entidad: flujo
-- tabla: core.lotes
-- severidad: warn
-- titulo: Día con un volumen fuera de lo común
-- significa: El último día completo con datos trajo más de cinco veces, o menos de la quinta parte,
--   de los eventos de un día normal (mediana y MAD de los 60 días anteriores, en logaritmos; ni el
--   día probado ni los ya señalados cuentan como normales).
-- importa: Muy pocos: se perdió parte de un envío. Demasiados: se reenvió un histórico o un
--   publicador repite.
-- remedio: Pregunte a quien publica qué envió ese día; compare con `academico reconcile --published
--   ARCHIVO` y reenvíe lo que falte.
-- columnas: dia, eventos, mediana
-- llave: dia
-- total: SELECT count(DISTINCT (cerrado_en AT TIME ZONE 'UTC')::date) FROM core.lotes
WITH dia AS (
    SELECT (cerrado_en AT TIME ZONE 'UTC')::date AS dia, sum(eventos) AS eventos
    FROM core.lotes
    WHERE cerrado_en >= coalesce(nullif(current_setting('academico.hoy', true), '')::date, current_date) - 90 AND cerrado_en < coalesce(nullif(current_setting('academico.hoy', true), '')::date, current_date)
    GROUP BY 1
    HAVING sum(eventos) > 0
),
probado AS (
    SELECT * FROM dia ORDER BY dia DESC LIMIT 1
),
normal AS (
    SELECT ln(d.eventos) AS x
    FROM dia AS d, probado AS p
    WHERE d.dia < p.dia AND d.dia >= p.dia - 60
        AND NOT EXISTS (
            SELECT
            FROM core.dq_results AS r
            CROSS JOIN LATERAL jsonb_array_elements(r.sample) AS s
            WHERE r.check_name = 'volumen_diario_anomalo' AND NOT r.passed
                AND s ->> 'dia' = d.dia::text
        )
),
centro AS (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) AS mediana, count(*) AS dias FROM normal
),
dispersion AS (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(n.x - c.mediana)) AS mad
    FROM normal AS n, centro AS c
)
SELECT p.dia, p.eventos, round(exp(c.mediana)) AS mediana
FROM probado AS p, centro AS c, dispersion AS d
WHERE c.dias >= 10
    AND abs(ln(p.eventos) - c.mediana) > greatest(ln(5), 5 * 1.4826 * d.mad)
