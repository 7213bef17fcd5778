-- name: lock
-- Every lote holds this one shared: consumers wait, and a second replay too.
SELECT pg_advisory_xact_lock(hashtext('academico.ingesta'))

-- name: orphans
-- Rows that a full replay would lose: raw no longer has the message that they came from.
SELECT entidad, filas FROM (
    SELECT 'maestro' AS entidad, count(*) AS filas FROM academico.maestros AS a
    WHERE NOT EXISTS (SELECT FROM raw.mensajes AS m WHERE m.id = a.id_mensaje AND m.lote = a.lote)
    UNION ALL
    SELECT 'materia', count(*) FROM academico.materias AS a
    WHERE NOT EXISTS (SELECT FROM raw.mensajes AS m WHERE m.id = a.id_mensaje AND m.lote = a.lote)
    UNION ALL
    SELECT 'grupo', count(*) FROM academico.grupos AS a
    WHERE NOT EXISTS (SELECT FROM raw.mensajes AS m WHERE m.id = a.id_mensaje AND m.lote = a.lote)
    UNION ALL
    SELECT 'alumno', count(*) FROM academico.alumnos AS a
    WHERE NOT EXISTS (SELECT FROM raw.mensajes AS m WHERE m.id = a.id_mensaje AND m.lote = a.lote)
    UNION ALL
    SELECT 'inscripcion', count(*) FROM academico.inscripciones AS a
    WHERE NOT EXISTS (SELECT FROM raw.mensajes AS m WHERE m.id = a.id_mensaje AND m.lote = a.lote)
    UNION ALL
    SELECT 'calificacion', count(*) FROM academico.calificaciones AS a
    WHERE NOT EXISTS (SELECT FROM raw.mensajes AS m WHERE m.id = a.id_mensaje AND m.lote = a.lote)
    UNION ALL
    SELECT 'evaluacion', count(*) FROM academico.evaluaciones AS a
    WHERE NOT EXISTS (SELECT FROM raw.mensajes AS m WHERE m.id = a.id_mensaje AND m.lote = a.lote)
    UNION ALL
    SELECT 'pendiente', count(*) FROM stg.pendientes AS a
    WHERE NOT EXISTS (SELECT FROM raw.mensajes AS m WHERE m.id = (a.evento ->> 'id_mensaje')::uuid AND m.lote = a.lote)
) AS x
WHERE filas > 0

-- name: retained
SELECT count(*), to_char(min(mes), 'YYYY-MM'), to_char(max(mes), 'YYYY-MM'),
       to_char(max(mes) + interval '1 month', 'YYYY-MM-DD')
FROM core.retenciones

-- name: checksum
-- Of a table as a set of rows: the sums of two hashes of each row. Nothing is sorted or gathered.
SELECT count(*), md5(concat_ws(
    ' ', count(*), sum(hashtextextended(t.fila, 0)::numeric), sum(hashtextextended(t.fila, 1)::numeric)
))
FROM (SELECT x::text AS fila FROM {tabla} AS x) AS t

-- name: pendientes
(SELECT lote, n, linea, entidad, padre, id_padre, evento - 'lote' AS evento FROM stg.pendientes)

-- name: empty
-- Not TRUNCATE: whoever reads academico meanwhile, a backup for one, goes on seeing what there was.
WITH
evaluaciones AS (DELETE FROM academico.evaluaciones),
calificaciones AS (DELETE FROM academico.calificaciones),
inscripciones AS (DELETE FROM academico.inscripciones)
DELETE FROM stg.pendientes

-- name: empty_alumnos
DELETE FROM academico.alumnos

-- name: empty_grupos
DELETE FROM academico.grupos

-- name: empty_catalogue
WITH materias AS (DELETE FROM academico.materias)
DELETE FROM academico.maestros

-- name: unpark
DELETE FROM stg.pendientes WHERE id = ANY (%(ids)s::bigint[])

-- name: touch_every_periodo
INSERT INTO core.lotes_periodos (lote, periodo)
SELECT %(lote)s, id FROM academico.periodos
ON CONFLICT DO NOTHING

-- name: forget_destinos
-- The ledger tells what became of each event when it came; that has not changed.
DELETE FROM core.destinos WHERE por_lote = %(lote)s

-- name: forget_changes
-- Nor has what the audit trail tells: rebuilding a row value by value changes none.
DELETE FROM core.auditoria WHERE lote = %(lote)s
