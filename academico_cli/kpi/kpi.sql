-- name: periodos
SELECT p.id FROM academico.periodos AS p ORDER BY p.id COLLATE "C"

-- name: frescura
-- When the marts were refreshed, and whether something changed since.
SELECT
    (SELECT max(r.refrescado_en) FROM marts.refrescos AS r) AS refrescado_en,
    EXISTS (SELECT FROM core.lotes_periodos)
    OR EXISTS (
        SELECT FROM marts.parametros AS s
        INNER JOIN core.parametros AS p ON p.nombre = s.nombre
        WHERE p.valor <> s.valor
    ) AS atrasado,
    now() AS ahora

-- name: materia
SELECT * FROM marts.kpi_materia
ORDER BY id_materia
LIMIT %(limit)s

-- name: materia_en_periodo
SELECT
    id_materia, materia AS nombre, promedio, tasa_aprob, calificaciones, aprobados, reprobados,
    inscritos, bajas, tasa_baja, grupos, periodo
FROM marts.materia_periodo_stats
WHERE periodo = %(periodo)s
ORDER BY id_materia
LIMIT %(limit)s

-- name: grupo
SELECT * FROM marts.kpi_grupo
ORDER BY id_grupo
LIMIT %(limit)s

-- name: grupo_en_periodo
SELECT * FROM marts.kpi_grupo
WHERE periodo = %(periodo)s
ORDER BY id_grupo
LIMIT %(limit)s

-- name: maestros
SELECT * FROM marts.ranking_maestros
ORDER BY promedio DESC, id_maestro
LIMIT %(limit)s

-- name: maestros_en_periodo
SELECT id_maestro, maestro, promedio, evaluaciones, tasa_aprob, grupos, periodo
FROM marts.ranking_maestros_periodo
WHERE periodo = %(periodo)s
ORDER BY promedio DESC, id_maestro
LIMIT %(limit)s

-- name: riesgo
SELECT * FROM marts.alumnos_en_riesgo
ORDER BY periodo COLLATE "C" DESC, promedio, id_alumno
LIMIT %(limit)s

-- name: riesgo_en_periodo
SELECT * FROM marts.alumnos_en_riesgo
WHERE periodo COLLATE "C" = %(periodo)s
ORDER BY periodo COLLATE "C" DESC, promedio, id_alumno
LIMIT %(limit)s

-- name: riesgo_modelo
SELECT * FROM marts.riesgo_predicho
ORDER BY periodo COLLATE "C" DESC, probabilidad DESC NULLS LAST, id_alumno
LIMIT %(limit)s

-- name: riesgo_modelo_en_periodo
SELECT * FROM marts.riesgo_predicho
WHERE periodo = %(periodo)s
ORDER BY probabilidad DESC NULLS LAST, id_alumno
LIMIT %(limit)s

-- name: periodo
SELECT * FROM marts.materia_periodo_stats
ORDER BY periodo COLLATE "C", id_materia
LIMIT %(limit)s

-- name: periodo_en_periodo
SELECT * FROM marts.materia_periodo_stats
WHERE periodo = %(periodo)s
ORDER BY id_materia
LIMIT %(limit)s

-- name: top_en_periodo
SELECT * FROM marts.top_materias(%(periodo)s, %(limit)s)
