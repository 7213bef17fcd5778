-- What finds a person. {needles}: bytes that a body about them must hold, one of them at least.

-- name: drain
-- Waits for every open lote to end, and says which number the last one has: what is later comes later.
SELECT pg_advisory_xact_lock(hashtext('academico.ingesta'))

-- name: last_lote
SELECT last_value FROM core.lotes_lote_seq

-- name: names
SELECT nombre FROM {tabla} WHERE id = %(id)s

-- name: messages
SELECT mes, id, lote, n, recibido_en, message_id, content_type, cuerpo, convert_to(concat_ws(E'\n', '', message_id, headers::text), 'UTF8') AS beside
FROM raw.mensajes
WHERE lote BETWEEN %(first)s AND %(last)s
  AND EXISTS (SELECT FROM unnest(%(needles)s::bytea[]) AS x WHERE position(x IN cuerpo) > 0)
ORDER BY lote, n

-- name: conflicts
SELECT lote, n, id, message_id, recibido_en, cuerpo, convert_to(coalesce(message_id, ''), 'UTF8') AS beside
FROM raw.conflictos
WHERE EXISTS (SELECT FROM unnest(%(needles)s::bytea[]) AS x WHERE position(x IN cuerpo) > 0)
ORDER BY lote, n

-- name: rejects
SELECT id, entidad, estado, lote, n, linea, id_mensaje, motivo, campo, recibido_en, cerrado_en, cuerpo, correccion
FROM stg.rechazos
WHERE EXISTS (
    SELECT FROM unnest(%(needles)s::bytea[]) AS x
    WHERE position(x IN cuerpo) > 0 OR position(x IN correccion) > 0)
ORDER BY id

-- name: queued
SELECT cola, id, message_id, content_type, cuerpo, convert_to(concat_ws(E'\n', '', message_id, headers::text), 'UTF8') AS beside
FROM core.cola
WHERE EXISTS (SELECT FROM unnest(%(needles)s::bytea[]) AS x WHERE position(x IN cuerpo) > 0)
ORDER BY cola, id

-- name: rows
SELECT to_jsonb(t) AS fila FROM {tabla} AS t WHERE {persona} = %(id)s ORDER BY 1

-- name: undeclared
-- Tables of any room that name their alumno as all do, whoever added them.
SELECT n.nspname::text || '.' || c.relname::text AS tabla
FROM pg_attribute AS a
INNER JOIN pg_class AS c ON c.oid = a.attrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE a.attname = %(columna)s AND NOT a.attisdropped
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname IN ('raw', 'stg', 'core', 'academico', 'marts', 'ml')
ORDER BY 1

-- name: lock
-- In the order in which a consumer takes them; a refresh of the marts takes the first only.
SELECT
    pg_advisory_xact_lock(hashtext('academico.raw.borrar')),
    pg_advisory_xact_lock(hashtext('academico.marts'))

-- name: lock_queue
LOCK TABLE core.cola IN SHARE ROW EXCLUSIVE MODE

-- name: register
INSERT INTO core.borrados (quien, compromiso, motivo)
VALUES (%(quien)s, sha256(%(prueba)s), %(motivo)s)
RETURNING id

-- name: sum_up
UPDATE core.borrados SET filas = %(filas)s WHERE id = %(borrado)s

-- name: message
SELECT lote, n, recibido_en, enviado_en, message_id, content_type, headers, cuerpo, convert_to(concat_ws(E'\n', '', message_id, headers::text), 'UTF8') AS beside
FROM raw.mensajes WHERE mes = %(mes)s AND id = %(id)s

-- name: rewrite_message
UPDATE raw.mensajes SET
    cuerpo = %(cuerpo)s,
    message_id = CASE WHEN %(anonymous)s THEN NULL ELSE message_id END,
    headers = CASE WHEN %(anonymous)s THEN NULL ELSE headers END
WHERE mes = %(mes)s AND id = %(id)s

-- name: rewrite_conflict
UPDATE raw.conflictos SET
    cuerpo = %(cuerpo)s, message_id = CASE WHEN %(anonymous)s THEN NULL ELSE message_id END
WHERE lote = %(lote)s AND n = %(n)s

-- name: rewrite_queued
UPDATE core.cola SET
    cuerpo = %(cuerpo)s,
    message_id = CASE WHEN %(anonymous)s THEN NULL ELSE message_id END,
    headers = CASE WHEN %(anonymous)s THEN NULL ELSE headers END
WHERE cola = %(cola)s AND id = %(id)s

-- name: rewrite_reject
UPDATE stg.rechazos SET
    cuerpo = %(cuerpo)s,
    correccion = %(correccion)s,
    cerrado_en = CASE WHEN estado = 'abierto' THEN clock_timestamp() ELSE cerrado_en END,
    estado = CASE WHEN estado = 'abierto' THEN 'descartado' ELSE estado END
WHERE id = %(id)s

-- name: unpark
-- Parked events end among the rejects, so that the ledger goes on adding up.
WITH borrado AS (
    DELETE FROM stg.pendientes WHERE {persona} = %(id)s RETURNING *
),
rechazado AS (
    INSERT INTO stg.rechazos
        (lote, n, linea, id_mensaje, entidad, motivo, errores, cuerpo, recibido_en, estado, cerrado_en)
    SELECT
        lote, n, linea, (evento ->> 'id_mensaje')::uuid, entidad, 'borrado',
        jsonb_build_array(jsonb_build_object(
            'campo', '', 'motivo', 'borrado', 'esperado', 'Nothing: the person was erased')),
        convert_to(format('{{"borrado":%%s,"entity":"%%s"}}', %(borrado)s, entidad), 'UTF8'),
        desde, 'descartado', clock_timestamp()
    FROM borrado
    ORDER BY lote, n, linea
),
asiento AS (
    INSERT INTO core.destinos (lote, por_lote, entidad, destino, eventos)
    SELECT b.lote, %(lote)s, b.entidad, d.destino, d.signo * count(*)
    FROM borrado AS b
    CROSS JOIN (VALUES ('pendiente', -1), ('rechazado', 1)) AS d (destino, signo)
    GROUP BY b.lote, b.entidad, d.destino, d.signo
    ORDER BY b.lote, b.entidad, d.destino
)
SELECT count(*) FROM borrado

-- name: delete
DELETE FROM {tabla} AS t WHERE {persona} = %(id)s RETURNING t.tableoid::regclass::text

-- name: periodos
SELECT DISTINCT periodo FROM academico.inscripciones WHERE id_alumno = %(id)s
UNION
SELECT DISTINCT periodo FROM academico.calificaciones WHERE id_alumno = %(id)s
UNION
SELECT DISTINCT periodo FROM marts.base_riesgo WHERE id_alumno = %(id)s

-- name: sampled_parents
-- Partitioned tables of which somebody has asked for statistics: they hold values of all partitions.
SELECT DISTINCT i.inhparent::regclass::text AS tabla
FROM pg_inherits AS i
INNER JOIN pg_class AS c ON c.oid = i.inhparent
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE i.inhrelid = ANY (%(tablas)s::regclass[]) AND EXISTS (
    SELECT FROM pg_stats AS s
    WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.inherited
)

-- name: touch
INSERT INTO core.lotes_periodos (lote, periodo)
SELECT %(lote)s, p FROM unnest(%(periodos)s::text[]) AS p ORDER BY p
ON CONFLICT DO NOTHING

-- name: forget_sample
-- Keys of failing rows, of which data quality keeps some, and what explains most of them.
UPDATE core.dq_results AS r SET
    sample = (
        SELECT coalesce(jsonb_agg(x.e ORDER BY x.o), '[]')
        FROM jsonb_array_elements(r.sample) WITH ORDINALITY AS x (e, o)
        WHERE NOT EXISTS (
            SELECT FROM jsonb_each_text(x.e) AS c WHERE c.key = ANY (%(campos)s) AND c.value = %(texto)s)
    ),
    causes = (
        SELECT jsonb_agg(x.e ORDER BY x.o)
        FROM jsonb_array_elements(r.causes) WITH ORDINALITY AS x (e, o)
        WHERE NOT (x.e ->> 'by' = ANY (%(campos)s) AND x.e ->> 'value' = %(texto)s)
    )
WHERE EXISTS (
    SELECT FROM jsonb_path_query(r.sample, '$[*].keyvalue()') AS c
    WHERE c ->> 'key' = ANY (%(campos)s) AND c ->> 'value' = %(texto)s)
OR EXISTS (
    SELECT FROM jsonb_path_query(r.causes, '$[*]') AS c
    WHERE c ->> 'by' = ANY (%(campos)s) AND c ->> 'value' = %(texto)s)

-- name: seal
-- Whatever is erased is in the chain before; with which erasure it went is not told.
SELECT pg_advisory_xact_lock(hashtext('academico.sellar')), core.sellar()

-- name: bury
SELECT core.enterrar(%(tabla)s, %(lote)s, %(clave)s, 'borrado')

-- name: bury_unparked
-- What took the place of a parked event was written for a lote that is sealed.
SELECT core.enterrar('stg.rechazos', r.lote, r.id, 'borrado')
FROM stg.rechazos AS r
WHERE r.motivo = 'borrado' AND r.xmin = pg_current_xact_id()::xid

-- name: forget_changes
SELECT core.borrar_cambios(%(id)s, 'borrado')
