-- id: flujo_en_silencio
-- entidad: flujo
-- tabla: core.lotes
-- severidad: error
-- titulo: Silencio cuando el calendario pide datos
-- significa: En al menos dos periodos anteriores, y en todos los conocidos, hubo eventos de esta
--   clase entre tres y una semanas antes del mismo punto del curso; en el periodo en curso no ha
--   llegado ninguno en tres semanas. En vacaciones, y con calendarios corridos hasta una semana, el
--   silencio no es falta.
-- importa: El sistema de origen dejó de enviar: los tableros muestran datos viejos como si fueran
--   de hoy.
-- remedio: Avise a quien opera el sistema de origen y revise con `academico status` y `academico
--   doctor` que la cola y el consumidor funcionen.
-- columnas: entidad, periodo, dia_del_curso, periodos_anteriores
-- llave: entidad, periodo
-- total: SELECT 3
WITH curso AS (
    SELECT periodo, percentile_disc(0.5) WITHIN GROUP (ORDER BY fecha_inicio) AS inicio
    FROM academico.grupos
    WHERE fecha_inicio IS NOT NULL
    GROUP BY periodo
),
actual AS (
    SELECT periodo, inicio, coalesce(nullif(current_setting('academico.hoy', true), '')::date, current_date) - inicio AS dia
    FROM curso
    WHERE inicio BETWEEN coalesce(nullif(current_setting('academico.hoy', true), '')::date, current_date) - 365 AND coalesce(nullif(current_setting('academico.hoy', true), '')::date, current_date)
    ORDER BY inicio DESC
    LIMIT 1
),
ventana AS MATERIALIZED (
    SELECT
        c.periodo, a.dia, a.periodo AS actual,
        c.inicio + a.dia - 21 AS desde,
        c.inicio + a.dia - CASE WHEN c.periodo = a.periodo THEN -1 ELSE 7 END AS hasta
    FROM curso AS c
    INNER JOIN actual AS a ON c.inicio <= a.inicio
),
actividad AS (
    SELECT 'inscripcion' AS entidad, v.periodo, count(*) AS eventos
    FROM ventana AS v
    INNER JOIN academico.inscripciones AS x ON x.periodo = v.periodo
        AND x.ocurrido_en >= v.desde AND x.ocurrido_en < v.hasta
    GROUP BY v.periodo
    UNION ALL
    SELECT 'calificacion', v.periodo, count(*)
    FROM ventana AS v
    INNER JOIN academico.calificaciones AS x ON x.periodo = v.periodo
        AND x.ocurrido_en >= v.desde AND x.ocurrido_en < v.hasta
    GROUP BY v.periodo
    UNION ALL
    SELECT 'evaluacion', v.periodo, count(*)
    FROM ventana AS v
    INNER JOIN academico.grupos AS g ON g.periodo = v.periodo
    INNER JOIN academico.evaluaciones AS x ON x.id_grupo = g.id
        AND x.ocurrido_en >= v.desde AND x.ocurrido_en < v.hasta
    GROUP BY v.periodo
)
SELECT
    e.entidad, v.actual AS periodo, v.dia AS dia_del_curso,
    count(*) FILTER (WHERE v.periodo <> v.actual) AS periodos_anteriores
FROM ventana AS v
CROSS JOIN (VALUES ('inscripcion'), ('calificacion'), ('evaluacion')) AS e (entidad)
LEFT JOIN actividad AS x ON x.entidad = e.entidad AND x.periodo = v.periodo
GROUP BY e.entidad, v.actual, v.dia
HAVING count(*) FILTER (WHERE v.periodo <> v.actual) >= 2
    AND coalesce(min(coalesce(x.eventos, 0)) FILTER (WHERE v.periodo <> v.actual), 0) >= 10
    AND sum(coalesce(x.eventos, 0)) FILTER (WHERE v.periodo = v.actual) = 0
