-- All of it is asked in one snapshot. What is returned is bounded: lists have a limit, periodos and
-- marks are few.

-- name: base
SELECT
    current_database() AS nombre,
    (SELECT count(*) FROM academico.alumnos) AS alumnos,
    (SELECT count(*) FROM academico.materias) AS materias,
    (SELECT count(*) FROM academico.maestros) AS maestros,
    (SELECT p.valor FROM core.parametros AS p WHERE p.nombre = 'grupo_minimo')::integer AS grupo_minimo,
    (SELECT p.valor FROM core.parametros AS p WHERE p.nombre = 'calificacion_aprobatoria') AS aprobatoria,
    (SELECT p.valor FROM core.parametros AS p WHERE p.nombre = 'riesgo_promedio') AS riesgo_promedio,
    (SELECT p.valor FROM core.parametros AS p WHERE p.nombre = 'ranking_evaluaciones_minimas')::integer
        AS ranking_minimo,
    l.lote,
    l.cerrado_en AS lote_en
FROM (SELECT 1) AS uno
LEFT JOIN (
    SELECT u.lote, u.cerrado_en FROM core.lotes AS u ORDER BY u.lote DESC LIMIT 1
) AS l ON true

-- name: periodos
-- Of every periodo what its marts add up to.
SELECT
    p.id AS periodo,
    coalesce(sum(b.inscritos + b.bajas), 0)::bigint AS inscripciones,
    coalesce(sum(b.bajas), 0)::bigint AS bajas,
    coalesce(sum(b.calificaciones), 0)::bigint AS calificaciones,
    coalesce(sum(b.aprobados), 0)::bigint AS aprobados,
    coalesce(marts.promedio(sum(b.suma), sum(b.calificaciones)::bigint), 0) AS promedio,
    (SELECT count(*) FROM marts.base_riesgo AS r WHERE r.periodo = p.id) AS en_riesgo
FROM academico.periodos AS p
LEFT JOIN marts.base_materias AS b ON b.periodo = p.id
GROUP BY p.id
ORDER BY p.id COLLATE "C"

-- name: alumnos
-- People of some periodos: this reads their enrolments and grades, which the marts do not hold.
SELECT
    u.periodo,
    (
        SELECT count(DISTINCT i.id_alumno) FROM academico.inscripciones AS i
        WHERE i.periodo = u.periodo
    ) AS alumnos,
    (
        SELECT count(DISTINCT c.id_alumno) FROM academico.calificaciones AS c
        WHERE c.periodo = u.periodo
    ) AS calificados
FROM unnest(%(periodos)s::text[]) AS u (periodo)

-- name: calificaciones
SELECT
    least(floor(c.calificacion), 9)::integer AS desde,
    count(*) FILTER (WHERE c.calificacion < %(corte)s) AS abajo,
    count(*) FILTER (WHERE c.calificacion >= %(corte)s) AS arriba
FROM academico.calificaciones AS c
WHERE c.periodo = %(periodo)s
GROUP BY desde
ORDER BY desde

-- name: materias
-- The first and the last of those with enough grades to be told of, in the order of kpi top.
SELECT *
FROM (
    SELECT
        s.id_materia, s.materia, s.promedio, s.tasa_aprob, s.calificaciones, s.bajas,
        row_number() OVER (ORDER BY s.promedio DESC, s.id_materia) AS lugar,
        count(*) OVER () AS total
    FROM marts.materia_periodo_stats AS s
    WHERE s.periodo = %(periodo)s AND s.calificaciones >= %(minimo)s
) AS m
WHERE m.lugar <= %(limit)s OR m.lugar > m.total - %(limit)s
ORDER BY m.lugar

-- name: materias_calladas
SELECT
    count(*) FILTER (WHERE s.calificaciones > 0) AS pequenas,
    count(*) FILTER (WHERE s.calificaciones = 0) AS sin_calificar
FROM marts.materia_periodo_stats AS s
WHERE s.periodo = %(periodo)s AND s.calificaciones < %(minimo)s

-- name: grupos_resumen
SELECT
    count(*) AS cuantos,
    count(*) FILTER (WHERE g.calificaciones >= %(minimo)s) AS comparables,
    count(*) FILTER (WHERE g.calificaciones BETWEEN 1 AND %(minimo)s - 1) AS pequenos,
    count(*) FILTER (WHERE g.calificaciones = 0) AS sin_calificar,
    percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY g.promedio)
        FILTER (WHERE g.calificaciones >= %(minimo)s) AS cuartiles
FROM marts.kpi_grupo AS g
WHERE g.periodo = %(periodo)s

-- name: grupos_promedios
SELECT least(floor(g.promedio * 2), 19)::integer AS medio, count(*) AS cuantos
FROM marts.kpi_grupo AS g
WHERE g.periodo = %(periodo)s AND g.calificaciones >= %(minimo)s
GROUP BY medio
ORDER BY medio

-- name: grupos_bajos
SELECT
    g.id_grupo, g.materia, g.profesor, g.promedio, g.tasa_aprob, g.alumnos_inscritos,
    g.calificaciones, g.bajas
FROM marts.kpi_grupo AS g
WHERE g.periodo = %(periodo)s AND g.calificaciones >= %(minimo)s
ORDER BY g.promedio, g.id_grupo
LIMIT %(limit)s

-- name: maestros_resumen
SELECT
    count(*) AS cuantos,
    percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY m.promedio) AS cuartiles
FROM marts.ranking_maestros_periodo AS m
WHERE m.periodo = %(periodo)s

-- name: maestros_promedios
SELECT least(floor(m.promedio * 2), 19)::integer AS medio, count(*) AS cuantos
FROM marts.ranking_maestros_periodo AS m
WHERE m.periodo = %(periodo)s
GROUP BY medio
ORDER BY medio

-- name: maestros
SELECT m.maestro, m.promedio, m.evaluaciones, m.tasa_aprob, m.grupos
FROM marts.ranking_maestros_periodo AS m
WHERE m.periodo = %(periodo)s
ORDER BY m.promedio DESC, m.id_maestro
LIMIT %(limit)s

-- name: riesgo_promedios
SELECT least(floor(r.promedio), 9)::integer AS desde, count(*) AS cuantos
FROM marts.base_riesgo AS r
WHERE r.periodo = %(periodo)s
GROUP BY desde
ORDER BY desde

-- name: riesgo
SELECT r.id_alumno, r.nombre, r.promedio, r.calificaciones
FROM marts.alumnos_en_riesgo AS r
WHERE r.periodo COLLATE "C" = %(periodo)s
ORDER BY r.periodo COLLATE "C" DESC, r.promedio, r.id_alumno
LIMIT %(limit)s

-- name: revisiones
-- The last runs that came to their end, oldest first.
SELECT
    d.run, d.finished_at, d.rules, d.errors AS rotas,
    count(*) FILTER (WHERE r.status = 'failed' AND r.severity = 'error') AS errores,
    count(*) FILTER (WHERE r.status = 'failed' AND r.severity = 'warn') AS avisos
FROM (
    SELECT * FROM core.dq_runs AS u WHERE u.finished_at IS NOT NULL ORDER BY u.run DESC LIMIT %(limit)s
) AS d
LEFT JOIN core.dq_results AS r ON r.run = d.run
GROUP BY d.run, d.finished_at, d.rules, d.errors
ORDER BY d.run

-- name: fallas
-- What a run found wrong, the worst first.
SELECT
    r.check_name, coalesce(q.titulo, r.check_name) AS titulo, q.descripcion, q.importa, q.remedio,
    r.severity, r.status, r.failed_rows, r.total_rows, r.new_rows, count(*) OVER () AS cuantas
FROM core.dq_results AS r
LEFT JOIN core.dq_rules AS q ON q.id = r.check_name
WHERE r.run = %(run)s AND NOT r.passed
ORDER BY r.status <> 'error', r.severity <> 'error', r.failed_rows DESC, r.check_name COLLATE "C"
LIMIT %(limit)s

-- name: destinos
SELECT d.destino, sum(d.eventos)::bigint AS eventos
FROM core.destinos AS d
GROUP BY d.destino
ORDER BY d.destino

-- name: recibidos
SELECT coalesce(sum(l.eventos), 0)::bigint AS eventos FROM core.lotes AS l

-- name: rechazos
SELECT r.motivo, count(*) AS cuantos, sum(count(*)) OVER ()::bigint AS total
FROM stg.rechazos AS r
WHERE r.estado = 'abierto'
GROUP BY r.motivo
ORDER BY cuantos DESC, r.motivo COLLATE "C"
LIMIT %(limit)s

-- name: pendientes
SELECT p.padre, count(*) AS cuantos, count(DISTINCT p.id_padre) AS padres, min(p.desde) AS desde
FROM stg.pendientes AS p
GROUP BY p.padre
ORDER BY cuantos DESC, p.padre

-- name: bandas
SELECT p.periodo, p.banda, count(*) AS cuantos
FROM ml.predicciones AS p
WHERE p.modelo = %(modelo)s
    AND p.periodo = (
        SELECT u.periodo FROM ml.predicciones AS u WHERE u.modelo = %(modelo)s
        ORDER BY u.periodo COLLATE "C" DESC LIMIT 1
    )
GROUP BY p.periodo, p.banda
