-- name: seal
SELECT core.sellar(%(mensajes)s)

-- name: head
SELECT sello, encode(huella, 'hex') AS huella, sellado_en FROM core.sellos ORDER BY sello DESC LIMIT 1

-- name: unsealed
SELECT count(*) FROM core.por_sellar

-- name: seal_of
SELECT sello FROM core.sellos WHERE lote = %(lote)s

-- name: anchor
SELECT EXISTS (SELECT FROM core.sellos WHERE huella = decode(%(huella)s, 'hex'))

-- name: stretch
-- The last seal of the next stretch: as many as hold about so many messages, or events where a message
-- holds many, and their rows.
SELECT max(e.sello), min(e.lote), max(e.lote), coalesce(sum(e.mensajes), 0)
FROM (
    SELECT s.sello, s.lote, l.mensajes, sum(c.costo) OVER (ORDER BY s.sello) - c.costo AS antes
    FROM (
        SELECT x.sello, x.lote FROM core.sellos AS x WHERE x.sello >= %(desde)s ORDER BY x.sello LIMIT 1000
    ) AS s
    LEFT JOIN core.lotes AS l ON l.lote = s.lote
    CROSS JOIN LATERAL (SELECT coalesce(greatest(l.mensajes, l.eventos), 0) AS costo) AS c
) AS e
WHERE e.antes < %(mensajes)s

-- name: chain
-- Each seal against what it says of itself and of the one before it. What is no part of the hash stands
-- in contenido too; when and by whom, since 0009.
SELECT 'core.sellos' AS tabla, 'sello ' || g.sello AS clave, coalesce((c.dicho -> 'lote' ->> 'lote')::bigint, s.lote) AS lote,
    CASE WHEN s.sello IS NULL THEN 'missing' ELSE 'altered' END AS que,
    CASE
        WHEN s.sello IS NULL THEN NULL
        WHEN s.huella <> sha256(s.previo || convert_to(s.contenido, 'UTF8')) THEN 'huella is not that of its content'
        WHEN c.es_otro THEN 'lote, lapida, sellado_en or actor is not that of its content'
        ELSE 'it does not follow the seal before it'
    END AS detalle
FROM generate_series(%(desde)s::bigint, %(hasta)s::bigint) AS g (sello)
LEFT JOIN core.sellos AS s ON s.sello = g.sello
LEFT JOIN core.sellos AS p ON p.sello = g.sello - 1
LEFT JOIN LATERAL (
    SELECT
        j.dicho,
        (j.dicho -> 'lote' ->> 'lote')::bigint IS DISTINCT FROM s.lote
        OR (j.dicho -> 'lapidas' -> -1 ->> 'id')::bigint IS DISTINCT FROM s.lapida
        OR j.dicho -> 'sello' <> jsonb_build_object('sellado_en', s.sellado_en, 'actor', s.actor) AS es_otro
    FROM (SELECT CASE WHEN pg_input_is_valid(s.contenido, 'jsonb') THEN s.contenido::jsonb END AS dicho) AS j
) AS c ON true
WHERE s.sello IS NULL
    OR s.huella <> sha256(s.previo || convert_to(s.contenido, 'UTF8'))
    OR c.es_otro
    OR s.previo <> coalesce(p.huella, CASE WHEN g.sello = 1 THEN ''::bytea ELSE s.previo END)
ORDER BY g.sello

-- name: contents
-- What the seals of a stretch say, once for all that is compared with it; not what a broken one says.
CREATE TEMP TABLE auditado ON COMMIT DROP AS
SELECT s.sello, s.lote, s.contenido::jsonb AS contenido,
    date_trunc('month', (s.contenido::jsonb -> 'lote' ->> 'abierto_en')::timestamptz AT TIME ZONE 'UTC')::date AS mes
FROM core.sellos AS s
WHERE s.sello BETWEEN %(desde)s AND %(hasta)s
    AND s.huella = sha256(s.previo || convert_to(s.contenido, 'UTF8'))
    AND CASE
        WHEN pg_input_is_valid(s.contenido, 'jsonb')
            THEN (s.contenido::jsonb -> 'lote' ->> 'lote')::bigint IS NOT DISTINCT FROM s.lote
    END

-- name: empty_contents
DROP TABLE auditado

-- name: lotes
SELECT 'core.lotes' AS tabla, 'lote ' || s.lote AS clave, s.lote,
    CASE WHEN l.lote IS NULL THEN 'missing' ELSE 'altered' END AS que,
    (SELECT string_agg(format('%%s was %%s and is %%s', a.key, a.value, b.value), ', ' ORDER BY a.key)
     FROM jsonb_each_text(s.contenido -> 'lote') AS a
     LEFT JOIN jsonb_each_text(to_jsonb(l)) AS b ON b.key = a.key
     WHERE l.lote IS NOT NULL AND a.value IS DISTINCT FROM b.value) AS detalle
FROM pg_temp.auditado AS s
LEFT JOIN core.lotes AS l ON l.lote = s.lote
WHERE s.lote IS NOT NULL
    AND to_jsonb(l) IS DISTINCT FROM s.contenido -> 'lote'
    AND NOT (l.lote IS NULL AND EXISTS (SELECT FROM core.lapidas AS x WHERE x.tabla = 'core.lotes' AND x.mes = s.mes))
ORDER BY s.sello

-- name: destinos
-- A multiset: its lines have no key.
WITH dicho AS (
    SELECT s.lote AS por_lote, d.linea
    FROM pg_temp.auditado AS s
    CROSS JOIN LATERAL jsonb_array_elements(s.contenido -> 'destinos') AS d (linea)
    WHERE NOT EXISTS (SELECT FROM core.lapidas AS x WHERE x.tabla = 'core.destinos' AND x.mes = s.mes)
),
hallado AS (
    SELECT d.por_lote, jsonb_build_array(d.lote, d.entidad, d.destino, d.eventos) AS linea
    FROM core.destinos AS d
    WHERE d.por_lote BETWEEN %(primero)s AND %(ultimo)s AND d.por_lote IN (SELECT s.lote FROM pg_temp.auditado AS s)
)
SELECT 'core.destinos' AS tabla, 'lote ' || (x.linea ->> 0) || ' ' || (x.linea ->> 1) || ' ' || (x.linea ->> 2) AS clave,
    x.por_lote AS lote, x.que, (x.linea ->> 3) || ' events' AS detalle
FROM (
    SELECT *, 'missing' AS que FROM (SELECT * FROM dicho EXCEPT ALL SELECT * FROM hallado) AS a
    UNION ALL
    SELECT *, 'inserted' FROM (SELECT * FROM hallado EXCEPT ALL SELECT * FROM dicho) AS b
) AS x
ORDER BY x.por_lote, x.linea, x.que

-- name: vectors
-- The SHA-256 of the rows of a lote against what its seal says of all of them.
SELECT 'core.huellas' AS tabla, coalesce(v.tabla, h.tabla) AS clave, coalesce(v.lote, h.lote) AS lote,
    CASE WHEN h.lote IS NULL THEN 'missing' WHEN v.lote IS NULL THEN 'inserted' ELSE 'altered' END AS que,
    NULL AS detalle
FROM (
    SELECT s.lote, f.key AS tabla, f.value AS dicho
    FROM pg_temp.auditado AS s CROSS JOIN LATERAL jsonb_each(s.contenido -> 'filas') AS f
) AS v
FULL JOIN (
    SELECT h.lote, h.tabla, jsonb_build_object(
        'filas', cardinality(h.claves), 'huella', core.huella(h.claves, h.huellas)) AS hallado
    FROM core.huellas AS h
    WHERE h.lote BETWEEN %(primero)s AND %(ultimo)s AND h.lote IN (SELECT s.lote FROM pg_temp.auditado AS s)
) AS h ON h.lote = v.lote AND h.tabla = v.tabla
WHERE v.dicho IS DISTINCT FROM h.hallado
ORDER BY 3, 2

-- name: rows
-- Each row that a lote wrote against its own SHA-256, or that of what was left of it when it was erased.
WITH dicho AS (
    SELECT h.lote, s.mes, {su_mes} AS su_mes, v.clave, v.sal, coalesce(x.reemplazo, v.huella) AS huella
    FROM pg_temp.auditado AS s
    INNER JOIN core.huellas AS h ON h.lote = s.lote AND h.tabla = {tabla}
    CROSS JOIN LATERAL unnest(h.claves, h.sales, h.huellas) AS v (clave, sal, huella)
    LEFT JOIN LATERAL (
        SELECT l.reemplazo FROM core.lapidas AS l
        WHERE l.lote = h.lote AND l.tabla = h.tabla AND l.clave = v.clave AND l.huella = v.huella
        ORDER BY l.id DESC LIMIT 1
    ) AS x ON true
)
SELECT {tabla} AS tabla, {nombre} AS clave, coalesce(d.lote, m.lote) AS lote,
    CASE WHEN m.lote IS NULL THEN 'missing' WHEN d.lote IS NULL THEN 'inserted' ELSE 'altered' END AS que,
    NULL AS detalle
FROM dicho AS d
FULL JOIN (
    SELECT m.lote, m.{columna} AS clave, {mes} AS su_mes, m AS fila
    FROM {origen} AS m
    WHERE m.lote BETWEEN %(primero)s AND %(ultimo)s AND m.lote IN (SELECT s.lote FROM pg_temp.auditado AS s)
) AS m ON m.lote = d.lote AND m.clave = d.clave AND m.su_mes = d.su_mes
WHERE (d.lote IS NULL OR d.huella IS DISTINCT FROM {huella})
    AND NOT (({ausente}) AND EXISTS (SELECT FROM core.lapidas AS l WHERE l.tabla = {tabla} AND l.mes = d.mes))
    AND NOT (d.lote IS NULL AND EXISTS (
        SELECT FROM core.lapidas AS l
        WHERE l.lote = m.lote AND l.tabla = {tabla} AND l.clave = m.clave AND l.huella = '' AND l.reemplazo = {nacida}))
ORDER BY 3, coalesce(d.clave, m.clave)

-- name: payloads
-- What a change says against its SHA-256; an empty one needs a stone.
SELECT 'core.auditoria' AS tabla, concat('id ', a.id, ': ', a.tabla, ' ' || a.clave::text) AS clave, a.lote,
    CASE WHEN a.sal IS NULL THEN 'emptied without a record' ELSE 'altered' END AS que,
    'id_alumno, clave, anterior or nuevo' AS detalle
FROM core.auditoria AS a
WHERE a.lote BETWEEN %(primero)s AND %(ultimo)s AND a.lote IN (SELECT s.lote FROM pg_temp.auditado AS s)
    AND core.huella_cambio(a.sal, a.id_alumno, a.clave, a.anterior, a.nuevo) IS DISTINCT FROM a.huella
    AND NOT (a.sal IS NULL AND a.id_alumno = 0 AND a.clave IS NULL AND a.anterior IS NULL AND a.nuevo IS NULL AND EXISTS (
        SELECT FROM core.lapidas AS l
        WHERE l.tabla = 'core.auditoria' AND l.lote = a.lote AND l.clave = a.id AND l.huella = a.huella))
ORDER BY a.id

-- name: stones
SELECT 'core.lapidas' AS tabla, 'id ' || coalesce(d.id, l.id) AS clave, l.lote,
    CASE WHEN l.id IS NULL THEN 'missing' WHEN d.id IS NULL THEN 'inserted' ELSE 'altered' END AS que,
    NULL AS detalle
FROM (
    SELECT (x.value ->> 'id')::bigint AS id, x.value AS dicho
    FROM core.sellos AS s
    CROSS JOIN LATERAL jsonb_array_elements(s.contenido::jsonb -> 'lapidas') AS x
    WHERE s.lote IS NULL AND pg_input_is_valid(s.contenido, 'jsonb')
) AS d
FULL JOIN (
    SELECT * FROM core.lapidas WHERE id <= (SELECT max(s.lapida) FROM core.sellos AS s)
) AS l ON l.id = d.id
WHERE to_jsonb(l) IS DISTINCT FROM d.dicho
ORDER BY coalesce(d.id, l.id)

-- name: strays
-- Lotes that claim to be committed and are neither in the chain nor on their way into it, and rows of
-- lotes that never were.
SELECT 'core.lotes' AS tabla, 'lote ' || l.lote AS clave, l.lote, 'inserted' AS que,
    'or its seal was removed' AS detalle
FROM core.lotes AS l
WHERE (%(desde)s::bigint IS NULL OR l.lote >= %(desde)s)
    AND NOT EXISTS (SELECT FROM core.sellos AS s WHERE s.lote = l.lote)
    AND NOT EXISTS (SELECT FROM core.por_sellar AS p WHERE p.lote = l.lote)
UNION ALL
SELECT 'core.lotes', 'lote ' || p.lote, p.lote, 'missing', 'it was to be sealed'
FROM core.por_sellar AS p
WHERE (%(desde)s::bigint IS NULL OR p.lote >= %(desde)s) AND NOT EXISTS (SELECT FROM core.lotes AS l WHERE l.lote = p.lote)
UNION ALL
SELECT x.tabla, NULL, x.lote, 'inserted', x.filas || ' rows of a lote that was never committed'
FROM (
    SELECT 'core.destinos' AS tabla, d.por_lote AS lote, count(*) AS filas FROM core.destinos AS d GROUP BY 2
    UNION ALL
    SELECT 'core.auditoria', a.lote, count(*) FROM core.auditoria AS a WHERE a.lote <> 0 GROUP BY 2
    UNION ALL
    SELECT 'raw.mensajes', m.lote, count(*) FROM raw.mensajes AS m GROUP BY 2
    UNION ALL
    SELECT 'raw.conflictos', c.lote, count(*) FROM raw.conflictos AS c GROUP BY 2
    UNION ALL
    SELECT 'stg.rechazos', r.lote, count(*) FROM stg.rechazos AS r GROUP BY 2
) AS x
WHERE (%(desde)s::bigint IS NULL OR x.lote >= %(desde)s)
    AND NOT EXISTS (SELECT FROM core.lotes AS l WHERE l.lote = x.lote)
    AND NOT EXISTS (SELECT FROM core.sellos AS s WHERE s.lote = x.lote)
ORDER BY 3, 1

-- name: by_hand
-- Values that no event gave, as long as they stand: an event, or a replay, puts them right.
SELECT 'academico.' || a.tabla AS tabla, a.clave::text AS clave, NULL AS lote, 'altered' AS que,
    format('by %%s at %%s: no event says so', a.actor, a.registrado_en) AS detalle
FROM core.auditoria AS a
WHERE a.lote = 0 AND CASE a.tabla
    WHEN 'maestros' THEN EXISTS (SELECT FROM academico.maestros AS x
        WHERE x.id = (a.clave ->> 'id')::bigint AND to_jsonb(x) @> a.nuevo)
    WHEN 'materias' THEN EXISTS (SELECT FROM academico.materias AS x
        WHERE x.id = (a.clave ->> 'id')::bigint AND to_jsonb(x) @> a.nuevo)
    WHEN 'grupos' THEN EXISTS (SELECT FROM academico.grupos AS x
        WHERE x.id = (a.clave ->> 'id')::bigint AND to_jsonb(x) @> a.nuevo)
    WHEN 'alumnos' THEN EXISTS (SELECT FROM academico.alumnos AS x
        WHERE x.id = (a.clave ->> 'id')::bigint AND to_jsonb(x) @> a.nuevo)
    WHEN 'inscripciones' THEN EXISTS (SELECT FROM academico.inscripciones AS x
        WHERE x.id_alumno = (a.clave ->> 'id_alumno')::bigint AND x.id_grupo = (a.clave ->> 'id_grupo')::bigint AND to_jsonb(x) @> a.nuevo)
    WHEN 'calificaciones' THEN EXISTS (SELECT FROM academico.calificaciones AS x
        WHERE x.id_alumno = (a.clave ->> 'id_alumno')::bigint AND x.id_grupo = (a.clave ->> 'id_grupo')::bigint AND to_jsonb(x) @> a.nuevo)
    WHEN 'evaluaciones' THEN EXISTS (SELECT FROM academico.evaluaciones AS x
        WHERE x.id_alumno = (a.clave ->> 'id_alumno')::bigint AND x.id_grupo = (a.clave ->> 'id_grupo')::bigint AND x.evaluacion = a.clave ->> 'evaluacion' AND to_jsonb(x) @> a.nuevo)
    END
ORDER BY a.id

-- name: runs
-- A run counts what its lotes received: whoever removes a lote and all that points to it forgets this.
SELECT 'core.lotes' AS tabla, 'run ' || r.run_id AS clave, NULL AS lote,
    CASE WHEN r.processed_count > coalesce(l.eventos, 0) THEN 'missing' ELSE 'inserted' END AS que,
    format('core.etl_run_log counts %%s events, its lotes %%s', r.processed_count, coalesce(l.eventos, 0)) AS detalle
FROM core.etl_run_log AS r
LEFT JOIN (SELECT x.run_id, sum(x.eventos) AS eventos FROM core.lotes AS x GROUP BY x.run_id) AS l ON l.run_id = r.run_id
WHERE r.processed_count <> coalesce(l.eventos, 0)
ORDER BY r.run_id

-- name: database
-- Which database this is: one that was restored from a backup is another one.
SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || oid FROM pg_database WHERE datname = current_database()

-- name: erased
SELECT motivo, count(*) AS filas, min(borrado_en) AS desde, max(borrado_en) AS hasta
FROM core.lapidas GROUP BY motivo ORDER BY motivo

-- name: history
SELECT a.ocurrido_en, a.tabla, a.clave, a.anterior, a.nuevo, a.lote, a.id_mensaje::text, a.linea, r.comando, a.actor
FROM core.auditoria AS a
LEFT JOIN core.lotes AS l ON l.lote = a.lote
LEFT JOIN core.etl_run_log AS r ON r.run_id = l.run_id
WHERE a.id_alumno = %(id_alumno)s
    AND (%(tabla)s::text IS NULL OR a.tabla = %(tabla)s)
    AND (%(clave)s::jsonb IS NULL OR a.clave = %(clave)s)
ORDER BY a.id

-- name: stored
-- What there is today, in the same columns.
SELECT x.ocurrido_en, {nombre} AS tabla, jsonb_build_object({clave}) AS clave, NULL::jsonb AS anterior,
    to_jsonb(x) - {sin}::text[] AS nuevo, x.lote, x.id_mensaje::text, x.linea, r.comando, NULL AS actor
FROM academico.{tabla} AS x
LEFT JOIN core.lotes AS l ON l.lote = x.lote
LEFT JOIN core.etl_run_log AS r ON r.run_id = l.run_id
WHERE {igual}
ORDER BY 3
