-- Small, indexed questions, asked at each scrape: none reads the history.

-- name: marts
SELECT mart, extract(epoch FROM refrescado_en)::float8, extract(epoch FROM duracion)::float8, filas::float8
FROM marts.refrescos

-- name: dq
-- Each rule at its last run.
SELECT r.id, r.severity, v.failed_rows::float8, v.passed::int::float8
FROM core.dq_rules AS r
CROSS JOIN LATERAL (
    SELECT d.failed_rows, d.passed FROM core.dq_results AS d
    WHERE d.check_name = r.id AND d.run IS NOT NULL
    ORDER BY d.check_time DESC
    LIMIT 1
) AS v

-- name: dq_last
SELECT extract(epoch FROM finished_at)::float8 FROM core.dq_runs
WHERE finished_at IS NOT NULL
ORDER BY run DESC
LIMIT 1

-- name: parked
SELECT e.entidad, count(p.entidad)::float8
FROM unnest(ARRAY['grupo', 'inscripcion', 'calificacion', 'evaluacion']) AS e (entidad)
LEFT JOIN stg.pendientes AS p ON p.entidad = e.entidad
GROUP BY e.entidad

-- name: rejects
SELECT count(*)::float8 FROM stg.rechazos WHERE estado = 'abierto'

-- name: has_ml
SELECT to_regclass('ml.modelos') IS NOT NULL AND to_regclass('ml.deriva') IS NOT NULL

-- name: ml_models
-- The newest model of each kind and state.
SELECT DISTINCT ON (algoritmo, estado) algoritmo, estado,
       (metricas #>> '{test,brier}')::float8
FROM ml.modelos
ORDER BY algoritmo, estado, id DESC

-- name: ml_predicted
SELECT extract(epoch FROM max(predicho_en))::float8 FROM ml.modelos

-- name: ml_drift
-- Of the model in use, or else the newest, in the last periodo that was compared.
WITH modelo AS (
    SELECT id FROM ml.modelos ORDER BY estado = 'en_uso' DESC, id DESC LIMIT 1
)
SELECT d.caracteristica, d.psi
FROM ml.deriva AS d
WHERE d.modelo = (SELECT id FROM modelo)
  AND d.periodo = (SELECT max(u.periodo) FROM ml.deriva AS u WHERE u.modelo = (SELECT id FROM modelo))
