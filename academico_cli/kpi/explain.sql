-- name: kpi_materia
SELECT * FROM marts.kpi_materia WHERE id_materia = %(id)s

-- name: kpi_grupo
SELECT * FROM marts.kpi_grupo WHERE id_grupo = %(id)s

-- name: materia_periodo_stats
SELECT * FROM marts.materia_periodo_stats WHERE periodo = %(periodo)s AND id_materia = %(id)s

-- name: ranking_maestros
SELECT * FROM marts.ranking_maestros WHERE id_maestro = %(id)s

-- name: alumnos_en_riesgo
SELECT periodo, id_alumno, promedio, calificaciones
FROM marts.alumnos_en_riesgo
WHERE periodo = %(periodo)s AND id_alumno = %(id)s

-- name: rows
-- Each row of academico behind a figure, with the event that wrote it: the whole body of a message,
-- or its line of a message of many. 'escape' makes any bytes a text that can be split.
WITH grupo AS MATERIALIZED (
    SELECT g.*
    FROM academico.grupos AS g
    WHERE (%(id_grupo)s::bigint IS NULL OR g.id = %(id_grupo)s)
        AND (%(id_materia)s::bigint IS NULL OR g.id_materia = %(id_materia)s)
        AND (%(id_maestro)s::bigint IS NULL OR g.id_maestro = %(id_maestro)s)
        AND (%(periodo)s::text IS NULL OR g.periodo = %(periodo)s)
        AND (
            %(id_alumno)s::bigint IS NULL
            OR EXISTS (
                SELECT FROM academico.calificaciones AS c
                WHERE c.id_alumno = %(id_alumno)s AND c.id_grupo = g.id AND c.periodo = g.periodo
            )
        )
),
fila AS (
    SELECT
        1 AS orden, 'calificaciones' AS tabla, c.id_grupo, c.id_alumno, c.calificacion,
        NULL::text AS estado, c.lote, c.id_mensaje, c.linea
    FROM grupo AS g
    INNER JOIN academico.calificaciones AS c ON c.id_grupo = g.id AND c.periodo = g.periodo
    WHERE %(id_alumno)s::bigint IS NULL OR c.id_alumno = %(id_alumno)s
    UNION ALL
    SELECT
        2, 'inscripciones', i.id_grupo, i.id_alumno, NULL, i.estado, i.lote, i.id_mensaje, i.linea
    FROM grupo AS g
    INNER JOIN academico.inscripciones AS i ON i.id_grupo = g.id AND i.periodo = g.periodo
    WHERE %(id_alumno)s::bigint IS NULL OR i.id_alumno = %(id_alumno)s
    UNION ALL
    SELECT 3, 'grupos', g.id, NULL, NULL, NULL, g.lote, g.id_mensaje, g.linea
    FROM grupo AS g
    UNION ALL
    SELECT 4, 'materias', NULL, NULL, NULL, NULL, m.lote, m.id_mensaje, m.linea
    FROM academico.materias AS m
    WHERE m.id IN (SELECT g.id_materia FROM grupo AS g) OR m.id = %(id_materia)s
    UNION ALL
    SELECT 5, 'maestros', NULL, NULL, NULL, NULL, d.lote, d.id_mensaje, d.linea
    FROM academico.maestros AS d
    WHERE d.id IN (SELECT g.id_maestro FROM grupo AS g)
    UNION ALL
    SELECT 6, 'alumnos', NULL, a.id, NULL, NULL, a.lote, a.id_mensaje, a.linea
    FROM academico.alumnos AS a
    WHERE %(personal)s AND a.id IN (
        SELECT c.id_alumno
        FROM grupo AS g
        INNER JOIN academico.calificaciones AS c ON c.id_grupo = g.id AND c.periodo = g.periodo
        WHERE %(id_alumno)s::bigint IS NULL OR c.id_alumno = %(id_alumno)s
    )
),
primera AS MATERIALIZED (
    SELECT f.* FROM fila AS f
    ORDER BY f.orden, f.id_grupo, f.id_alumno, f.id_mensaje, f.linea
    LIMIT %(limit)s
)
SELECT
    f.tabla, f.id_grupo, f.id_alumno, f.calificacion, f.estado, f.lote, f.id_mensaje, f.linea,
    m.recibido_en,
    CASE
        WHEN f.linea = 0 THEN m.cuerpo
        ELSE decode(split_part(encode(m.cuerpo, 'escape'), E'\n', f.linea), 'escape')
    END AS cuerpo
FROM primera AS f
LEFT JOIN raw.mensajes AS m ON m.id = f.id_mensaje
ORDER BY f.orden, f.id_grupo, f.id_alumno, f.id_mensaje, f.linea
