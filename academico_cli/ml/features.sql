-- name: settings
-- Whole periodos are read: nested loops over indexes are never better, whatever the statistics say.
SET LOCAL work_mem = '64MB';
SET LOCAL TimeZone = 'UTC';
SET LOCAL jit = off;
SET LOCAL enable_nestloop = off

-- name: periodos
-- inicio is the day most of its grupos begin on, else the first enrolment. cierre: the day after that
-- by which 95 of 100 of its grades were there; some always come late, or are corrected long after.
SELECT
    p.id,
    coalesce(g.inicio, i.primera),
    c.cierre
FROM academico.periodos AS p
LEFT JOIN LATERAL (
    SELECT mode() WITHIN GROUP (ORDER BY fecha_inicio) AS inicio FROM academico.grupos WHERE periodo = p.id
) AS g ON true
LEFT JOIN LATERAL (
    SELECT min(coalesce(fecha_inscripcion, ocurrido_en::date)) AS primera
    FROM academico.inscripciones WHERE periodo = p.id AND g.inicio IS NULL
) AS i ON true
LEFT JOIN LATERAL (
    SELECT percentile_disc(0.95) WITHIN GROUP (
        ORDER BY CASE WHEN desempate = 0 THEN coalesce(fecha_registro, ocurrido_en::date) ELSE ocurrido_en::date END
    ) + 1 AS cierre
    FROM academico.calificaciones WHERE periodo = p.id
) AS c ON true
WHERE EXISTS (SELECT FROM academico.inscripciones WHERE periodo = p.id)
ORDER BY p.id COLLATE "C"

-- name: parametros
SELECT
    (SELECT valor FROM core.parametros WHERE nombre = 'calificacion_aprobatoria'),
    (SELECT valor FROM core.parametros WHERE nombre = 'riesgo_promedio')

-- name: sabido
-- What was known on the morning of a day, of this periodo and those before it. Every table is cut
-- here, by the time of its events, before anything is joined.
--
-- A row holds its newest version. Those before it are in core.auditoria: version n ended when the
-- event of change n happened; it began with change n - 1, and the first one on its own date (fecha,
-- fecha_registro, fecha_inscripcion). What is neither in the row nor there is not known.
-- desempate = 0: the publisher did not say when it happened, and ocurrido_en is when it arrived here.
-- Then the event's own date counts, unless it changed what was known.
WITH cambio AS MATERIALIZED (
    SELECT
        tabla, id_alumno, (clave ->> 'id_grupo')::bigint AS id_grupo, clave ->> 'evaluacion' AS evaluacion,
        anterior, lag(ocurrido_en) OVER por_clave AS desde, ocurrido_en AS hasta,
        id = max(id) OVER (PARTITION BY tabla, id_alumno, clave) AS ultimo
    FROM core.auditoria
    WHERE tabla IN ('inscripciones', 'calificaciones', 'evaluaciones') AND clave IS NOT NULL
    WINDOW por_clave AS (PARTITION BY tabla, id_alumno, clave ORDER BY id)
),

grupo AS MATERIALIZED (
    SELECT
        g.id AS id_grupo, g.id_materia, g.periodo, g.periodo = %(periodo)s AS actual,
        coalesce(m.creditos, 1)::float8 AS creditos, coalesce(g.fecha_inicio, %(inicio)s) AS inicio
    FROM academico.grupos AS g
    INNER JOIN academico.materias AS m ON m.id = g.id_materia
    WHERE g.periodo COLLATE "C" <= %(periodo)s
),

inscripcion_vista AS (
    SELECT
        i.id_alumno, i.id_grupo, i.periodo,
        i.estado, i.fecha_inscripcion,
        coalesce(u.hasta, CASE
            WHEN i.desempate = 0 AND i.estado = 'inscrito' THEN coalesce(i.fecha_inscripcion, i.ocurrido_en)
            ELSE i.ocurrido_en END) AS momento
    FROM academico.inscripciones AS i
    LEFT JOIN cambio AS u
        ON u.tabla = 'inscripciones' AND u.ultimo AND u.id_alumno = i.id_alumno AND u.id_grupo = i.id_grupo
    WHERE i.periodo COLLATE "C" <= %(periodo)s
),

-- Who is enrolled is asked on the day the periodo begins when the cut-off lies before it: it says whom a
-- row is about. An enrolment is known from its date on, whatever became of it later.
inscripcion AS MATERIALIZED (
    SELECT
        i.id_alumno, i.id_grupo, i.periodo,
        CASE WHEN i.momento < %(corte)s THEN i.estado
            ELSE coalesce(v.anterior ->> 'estado', 'inscrito') END = 'baja' AS baja,
        CASE WHEN i.momento < %(corte)s THEN i.fecha_inscripcion
            ELSE coalesce((v.anterior ->> 'fecha_inscripcion')::date, i.fecha_inscripcion) END AS fecha,
        i.momento,
        i.momento < %(corte)s OR v.id_alumno IS NOT NULL OR i.fecha_inscripcion < %(corte)s AS sabida
    FROM inscripcion_vista AS i
    LEFT JOIN cambio AS v
        ON v.tabla = 'inscripciones' AND v.id_alumno = i.id_alumno AND v.id_grupo = i.id_grupo
        AND v.hasta >= %(corte)s
        AND coalesce(v.desde, (v.anterior ->> 'fecha_inscripcion')::date) < %(corte)s
    WHERE i.momento < %(alcance)s OR v.id_alumno IS NOT NULL OR i.fecha_inscripcion < %(alcance)s
),

calificacion AS MATERIALIZED (
    SELECT id_alumno, id_grupo, calificacion, coalesce(fecha, momento::date) AS fecha
    FROM (
        SELECT
            c.id_alumno, c.id_grupo, c.calificacion::float8, c.fecha_registro AS fecha,
            coalesce(u.hasta, CASE WHEN c.desempate = 0 THEN c.fecha_registro END, c.ocurrido_en) AS momento
        FROM academico.calificaciones AS c
        LEFT JOIN cambio AS u
            ON u.tabla = 'calificaciones' AND u.ultimo AND u.id_alumno = c.id_alumno AND u.id_grupo = c.id_grupo
        WHERE c.periodo COLLATE "C" <= %(periodo)s
        UNION ALL
        SELECT
            id_alumno, id_grupo, (anterior ->> 'calificacion')::float8, (anterior ->> 'fecha_registro')::date,
            coalesce(desde, (anterior ->> 'fecha_registro')::date)
        FROM cambio
        WHERE tabla = 'calificaciones' AND hasta >= %(corte)s
    ) AS version
    WHERE momento < %(corte)s
),

evaluacion AS MATERIALIZED (
    SELECT
        v.id_alumno, v.id_grupo, v.evaluacion, v.calificacion, v.peso,
        coalesce(v.fecha, v.momento::date) AS fecha,
        (coalesce(v.fecha, v.momento::date) - g.inicio)::float8 AS dia
    FROM (
        SELECT
            e.id_alumno, e.id_grupo, e.evaluacion, e.calificacion::float8, e.peso::float8, e.fecha,
            coalesce(u.hasta, CASE WHEN e.desempate = 0 THEN e.fecha END, e.ocurrido_en) AS momento
        FROM academico.evaluaciones AS e
        LEFT JOIN cambio AS u
            ON u.tabla = 'evaluaciones' AND u.ultimo AND u.id_alumno = e.id_alumno
            AND u.id_grupo = e.id_grupo AND u.evaluacion = e.evaluacion
        WHERE e.id_grupo IN (SELECT id_grupo FROM grupo WHERE actual)
        UNION ALL
        SELECT
            id_alumno, id_grupo, evaluacion, (anterior ->> 'calificacion')::float8,
            (anterior ->> 'peso')::float8, (anterior ->> 'fecha')::date,
            coalesce(desde, (anterior ->> 'fecha')::date)
        FROM cambio
        WHERE tabla = 'evaluaciones' AND hasta >= %(corte)s
    ) AS v
    INNER JOIN grupo AS g ON g.id_grupo = v.id_grupo AND g.actual
    WHERE v.momento < %(corte)s
),

-- name: caracteristicas
cursa AS MATERIALIZED (
    SELECT i.id_alumno, i.id_grupo, i.fecha, g.id_materia, g.creditos, g.inicio, i.sabida
    FROM inscripcion AS i
    INNER JOIN grupo AS g ON g.id_grupo = i.id_grupo
    WHERE g.actual AND NOT i.baja
),

fila AS MATERIALIZED (SELECT id_alumno FROM cursa GROUP BY id_alumno),

-- The past of each alumno.
pasado AS MATERIALIZED (
    SELECT
        i.id_alumno, i.periodo, i.id_grupo, g.id_materia, g.creditos, i.baja, c.calificacion,
        c.calificacion - avg(c.calificacion) OVER (PARTITION BY i.id_grupo) AS sobre_grupo
    FROM inscripcion AS i
    INNER JOIN grupo AS g ON g.id_grupo = i.id_grupo
    LEFT JOIN calificacion AS c ON c.id_alumno = i.id_alumno AND c.id_grupo = i.id_grupo
    WHERE NOT g.actual
),

por_periodo AS (
    SELECT
        id_alumno, periodo, avg(calificacion) AS promedio, sum(calificacion) AS suma,
        count(calificacion) AS calificadas, count(*) FILTER (WHERE calificacion < %(aprobatoria)s) AS reprobadas,
        count(*) FILTER (WHERE baja) AS bajas, count(*) AS materias,
        sum(creditos) FILTER (WHERE calificacion >= %(aprobatoria)s) AS creditos,
        avg(sobre_grupo) AS sobre_grupo, min(calificacion) AS minima,
        row_number() OVER (PARTITION BY id_alumno ORDER BY periodo COLLATE "C" DESC) AS hace
    FROM pasado
    WHERE id_alumno IN (SELECT id_alumno FROM fila)
    GROUP BY id_alumno, periodo
),

historia AS (
    SELECT
        id_alumno,
        count(*) AS periodos_cursados,
        sum(suma) / nullif(sum(calificadas), 0) AS promedio_historico,
        -regr_slope(promedio, hace) AS tendencia_promedio,
        max(promedio) FILTER (WHERE hace = 1) AS promedio_ultimo,
        max(reprobadas) FILTER (WHERE hace = 1) AS reprobadas_ultimo,
        max(bajas) FILTER (WHERE hace = 1) AS bajas_ultimo,
        min(minima) AS calificacion_minima,
        sum(reprobadas) AS materias_reprobadas,
        sum(reprobadas) / nullif(sum(calificadas), 0)::float8 AS tasa_reprobacion,
        sum(bajas) AS bajas_previas,
        sum(bajas) / sum(materias)::float8 AS tasa_baja,
        coalesce(sum(creditos), 0) AS creditos_aprobados,
        sum(sobre_grupo * calificadas) / nullif(sum(calificadas), 0) AS promedio_sobre_grupo
    FROM por_periodo
    GROUP BY id_alumno
),

ultimo_promedio AS (
    SELECT DISTINCT ON (id_alumno) id_alumno, promedio
    FROM por_periodo
    WHERE calificadas > 0
    ORDER BY id_alumno, hace
),

-- The past of each materia.
dificultad AS (
    SELECT
        p.id_materia,
        avg(p.calificacion) AS promedio,
        avg((p.calificacion < %(aprobatoria)s)::integer) AS reprobacion,
        avg(p.baja::integer) AS baja,
        avg((p.baja OR p.calificacion < %(aprobatoria)s)::integer) FILTER (WHERE p.baja OR p.calificacion IS NOT NULL)
            AS riesgo
    FROM pasado AS p
    GROUP BY p.id_materia
),

repetida AS (
    SELECT DISTINCT c.id_alumno, c.id_materia
    FROM cursa AS c
    INNER JOIN pasado AS p ON p.id_alumno = c.id_alumno AND p.id_materia = c.id_materia
    WHERE c.sabida
),

carga AS (
    SELECT
        c.id_alumno,
        count(*) AS grupos_actuales,
        sum(c.creditos) AS creditos_actuales,
        count(r.id_materia) AS materias_repetidas,
        max(c.inicio - c.fecha) AS dias_antes_inscripcion,
        avg(d.promedio) AS dificultad_promedio,
        avg(d.reprobacion) AS dificultad_reprobacion,
        avg(d.baja) AS dificultad_baja,
        max(d.riesgo) AS dificultad_maxima
    FROM cursa AS c
    LEFT JOIN dificultad AS d ON d.id_materia = c.id_materia
    LEFT JOIN repetida AS r ON r.id_alumno = c.id_alumno AND r.id_materia = c.id_materia
    WHERE c.sabida
    GROUP BY c.id_alumno
),

salida AS (
    SELECT i.id_alumno, count(*) AS bajas_actuales
    FROM inscripcion AS i
    INNER JOIN grupo AS g ON g.id_grupo = i.id_grupo
    WHERE g.actual AND i.baja
    GROUP BY i.id_alumno
),

-- The periodo so far. hecha is who of those still enrolled has a grade in it: what most have is due.
del_grupo AS (
    SELECT
        id_grupo, count(*) FILTER (WHERE NOT baja)::float8 AS activos, avg(baja::integer) AS bajas
    FROM inscripcion
    WHERE sabida AND id_grupo IN (SELECT id_grupo FROM grupo WHERE actual)
    GROUP BY id_grupo
),

propia AS MATERIALIZED (
    SELECT e.*
    FROM evaluacion AS e
    INNER JOIN cursa AS c ON c.id_alumno = e.id_alumno AND c.id_grupo = e.id_grupo
),

comun AS (
    SELECT
        e.id_grupo, e.evaluacion, count(*) / d.activos AS hecha, avg(e.calificacion) AS media,
        stddev_pop(e.calificacion) AS desvio, percentile_cont(0.5) WITHIN GROUP (ORDER BY e.dia) AS mediana,
        coalesce(max(e.peso), 0) AS peso
    FROM propia AS e
    INNER JOIN del_grupo AS d ON d.id_grupo = e.id_grupo
    GROUP BY e.id_grupo, e.evaluacion, d.activos
),

del_curso AS (
    SELECT
        k.id_alumno, k.id_grupo,
        count(e.evaluacion) AS hechas,
        count(*) FILTER (WHERE c.hecha >= 0.5) AS debidas,
        count(*) FILTER (WHERE c.hecha >= 0.5 AND e.evaluacion IS NULL) AS faltantes,
        sum(c.hecha) FILTER (WHERE e.evaluacion IS NULL) AS falta_esperada,
        sum(c.peso) FILTER (WHERE e.evaluacion IS NOT NULL) AS peso_visto,
        sum(c.peso) FILTER (WHERE c.hecha >= 0.5 AND e.evaluacion IS NULL) AS peso_faltante,
        sum(e.calificacion * c.peso) / nullif(sum(c.peso) FILTER (WHERE e.evaluacion IS NOT NULL), 0) AS ponderado,
        sum(coalesce(e.calificacion, 0) * greatest(c.peso, 0.001) * c.hecha)
            / nullif(sum(10 * greatest(c.peso, 0.001) * c.hecha), 0) AS avance,
        avg(e.calificacion) AS promedio,
        min(e.calificacion) AS minima,
        avg(e.calificacion - c.media) AS sobre_media,
        avg((e.calificacion - c.media) / nullif(c.desvio, 0)) AS z,
        regr_slope(e.calificacion - c.media, e.dia) * 30 AS tendencia,
        avg(e.dia - c.mediana) AS retraso,
        max(e.dia - c.mediana) AS retraso_maximo,
        max(e.dia) AS ultimo_dia,
        min(e.dia) AS primer_dia,
        max(c.mediana) FILTER (WHERE c.hecha >= 0.5) AS ultima_debida
    FROM cursa AS k
    INNER JOIN comun AS c ON c.id_grupo = k.id_grupo
    LEFT JOIN propia AS e
        ON e.id_alumno = k.id_alumno AND e.id_grupo = k.id_grupo AND e.evaluacion = c.evaluacion
    GROUP BY k.id_alumno, k.id_grupo
),

-- The newest grade, and whether the newest one that was due is there.
reciente AS (
    SELECT DISTINCT ON (e.id_alumno, e.id_grupo)
        e.id_alumno, e.id_grupo, e.calificacion, e.calificacion - c.media AS sobre_media, e.dia - c.mediana AS retraso
    FROM propia AS e
    INNER JOIN comun AS c ON c.id_grupo = e.id_grupo AND c.evaluacion = e.evaluacion
    ORDER BY e.id_alumno, e.id_grupo, e.dia DESC, e.evaluacion
),

ordenado AS (
    SELECT
        d.*, percent_rank() OVER (PARTITION BY d.id_grupo ORDER BY d.avance) AS lugar,
        d.hechas / nullif(avg(d.hechas) OVER (PARTITION BY d.id_grupo), 0) AS relativas,
        avg(d.avance) OVER (PARTITION BY d.id_grupo) AS avance_grupo
    FROM del_curso AS d
),

en_curso AS (
    SELECT
        o.id_alumno,
        sum(o.hechas) AS evaluaciones_hechas,
        sum(o.debidas) AS evaluaciones_debidas,
        sum(o.faltantes) AS evaluaciones_faltantes,
        sum(o.faltantes) / nullif(sum(o.debidas), 0)::float8 AS fraccion_faltante,
        sum(o.falta_esperada) AS falta_esperada,
        avg(o.relativas) AS entregas_relativas,
        avg(o.peso_visto) AS peso_visto,
        avg(o.peso_faltante) AS peso_faltante,
        avg(o.ponderado) AS promedio_ponderado,
        avg(o.promedio) AS promedio_parcial,
        min(o.minima) AS parcial_minima,
        avg(o.avance) AS avance,
        min(o.avance) AS avance_minimo,
        avg(o.lugar) AS lugar_en_grupo,
        avg(o.avance_grupo) AS avance_del_grupo,
        avg(o.sobre_media) AS parcial_sobre_grupo,
        avg(o.z) AS parcial_estandar,
        avg(o.tendencia) AS tendencia_parcial,
        avg(o.retraso) AS retraso_medio,
        max(o.retraso_maximo) AS retraso_maximo,
        avg(o.primer_dia) AS primer_dia,
        avg(r.calificacion) AS ultima_parcial,
        avg(r.sobre_media) AS ultima_sobre_grupo,
        avg(r.retraso) AS ultimo_retraso,
        avg(o.ultima_debida - o.ultimo_dia) AS dias_detras_del_grupo
    FROM ordenado AS o
    LEFT JOIN reciente AS r ON r.id_alumno = o.id_alumno AND r.id_grupo = o.id_grupo
    GROUP BY o.id_alumno
),

contexto AS (
    SELECT c.id_alumno, avg(d.bajas) AS bajas_del_grupo, avg(ln(1 + d.activos)) AS tamano_del_grupo
    FROM cursa AS c
    INNER JOIN del_grupo AS d ON d.id_grupo = c.id_grupo
    GROUP BY c.id_alumno
),

-- By the dates of what was done: when it was entered here is not known of what was changed since.
actividad AS (
    SELECT id_alumno, %(corte)s::date - max(fecha) AS dias_sin_actividad
    FROM (
        SELECT id_alumno, coalesce(fecha, momento::date) AS fecha FROM inscripcion WHERE sabida
        UNION ALL
        SELECT id_alumno, fecha FROM calificacion
        UNION ALL
        SELECT id_alumno, fecha FROM evaluacion
    ) AS x
    WHERE id_alumno IN (SELECT id_alumno FROM fila) AND fecha < %(corte)s
    GROUP BY id_alumno
),

-- How it ended for those who were enrolled on the cut-off: today's values, nothing else is.
desenlace AS (
    SELECT
        k.id_alumno,
        bool_or(i.estado <> 'baja' AND c.calificacion IS NULL) AS abierto,
        bool_or(i.estado = 'baja') AS baja,
        bool_or(c.calificacion < %(aprobatoria)s) FILTER (WHERE i.estado <> 'baja') AS reprueba,
        avg(c.calificacion) FILTER (WHERE i.estado <> 'baja') < %(aprobatoria)s AS promedio_bajo
    FROM cursa AS k
    INNER JOIN academico.inscripciones AS i
        ON i.id_alumno = k.id_alumno AND i.id_grupo = k.id_grupo AND i.periodo = %(periodo)s
    LEFT JOIN academico.calificaciones AS c
        ON c.id_alumno = k.id_alumno AND c.id_grupo = k.id_grupo AND c.periodo = %(periodo)s
    GROUP BY k.id_alumno
),

todo AS (
    SELECT
        *,
        CASE WHEN abierto THEN NULL ELSE baja::integer END AS fin_baja,
        CASE WHEN abierto THEN NULL ELSE reprueba::integer END AS fin_reprueba,
        CASE WHEN abierto THEN NULL ELSE (baja OR coalesce(reprueba, false))::integer END AS fin_reprueba_o_baja,
        CASE WHEN abierto THEN NULL ELSE promedio_bajo::integer END AS fin_promedio_bajo,
        10 - anterior.promedio AS base_promedio_anterior,
        (coalesce(promedio_ponderado, promedio_parcial, anterior.promedio) < %(umbral)s)::integer
            AS base_regla_riesgo
    FROM fila
    INNER JOIN (SELECT id AS id_alumno, genero FROM academico.alumnos) AS alumno USING (id_alumno)
    INNER JOIN desenlace USING (id_alumno)
    LEFT JOIN historia USING (id_alumno)
    LEFT JOIN ultimo_promedio AS anterior USING (id_alumno)
    LEFT JOIN carga USING (id_alumno)
    LEFT JOIN salida USING (id_alumno)
    LEFT JOIN en_curso USING (id_alumno)
    LEFT JOIN contexto USING (id_alumno)
    LEFT JOIN actividad USING (id_alumno)
)

-- name: materias
cursa AS (
    SELECT DISTINCT i.id_alumno, g.id_materia
    FROM inscripcion AS i
    INNER JOIN grupo AS g ON g.id_grupo = i.id_grupo
    WHERE g.actual AND NOT i.baja
)
