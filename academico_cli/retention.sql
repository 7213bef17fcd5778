-- name: months_kept
SELECT valor FROM core.parametros WHERE nombre = 'retencion_meses'

-- name: due
-- Partitions of raw older than the months that are kept, oldest first.
SELECT p.mes, p.particion, pg_total_relation_size(p.oid) AS bytes
FROM (
    SELECT to_date(right(c.relname, 7), 'YYYY_MM') AS mes, c.relname::text AS particion, c.oid
    FROM pg_inherits AS i
    INNER JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'raw.mensajes'::regclass
) AS p
WHERE p.mes < date_trunc('month', now() AT TIME ZONE 'UTC')::date - make_interval(months => %(months)s)
ORDER BY p.mes

-- name: lock
-- Nobody else deletes from raw meanwhile.
SELECT pg_advisory_xact_lock(hashtext('academico.raw.borrar'))

-- name: sum_up
WITH lote AS (
    SELECT
        lote, count(*) AS n,
        sha256(string_agg(uuid_send(id) || sha256(cuerpo), ''::bytea ORDER BY n)) AS huella
    FROM {particion}
    GROUP BY lote
)
SELECT
    coalesce(sum(n), 0)::bigint AS mensajes, min(lote) AS lote_desde, max(lote) AS lote_hasta,
    sha256(coalesce(string_agg(huella, ''::bytea ORDER BY lote), '')) AS huella
FROM lote

-- name: count_rows
-- Rows of academico that come from a month, which no replay can rebuild once it is dropped.
SELECT sum(n)::bigint AS filas FROM (
    SELECT count(*) AS n FROM academico.maestros WHERE lote = ANY (%(lotes)s)
    UNION ALL SELECT count(*) FROM academico.materias WHERE lote = ANY (%(lotes)s)
    UNION ALL SELECT count(*) FROM academico.grupos WHERE lote = ANY (%(lotes)s)
    UNION ALL SELECT count(*) FROM academico.alumnos WHERE lote = ANY (%(lotes)s)
    UNION ALL SELECT count(*) FROM academico.inscripciones WHERE lote = ANY (%(lotes)s)
    UNION ALL SELECT count(*) FROM academico.calificaciones WHERE lote = ANY (%(lotes)s)
    UNION ALL SELECT count(*) FROM academico.evaluaciones WHERE lote = ANY (%(lotes)s)
) AS x

-- name: lotes
SELECT lote FROM core.lotes
WHERE date_trunc('month', abierto_en AT TIME ZONE 'UTC') = %(mes)s

-- name: count_conflicts
SELECT count(*) AS n FROM raw.conflictos WHERE lote = ANY (%(lotes)s)

-- name: count_rejects
SELECT count(*) AS n FROM stg.rechazos
WHERE lote = ANY (%(lotes)s) AND estado <> 'abierto' AND cuerpo <> ''

-- name: pause
SELECT pg_advisory_xact_lock(hashtext('academico.ingesta'))

-- name: drop
DROP TABLE {particion}

-- name: delete_conflicts
DELETE FROM raw.conflictos WHERE lote = ANY (%(lotes)s)

-- name: empty_rejects
-- The reject itself stays, with its reason: the ledger counts it. An open one waits for a person.
UPDATE stg.rechazos SET cuerpo = '', correccion = NULL
WHERE lote = ANY (%(lotes)s) AND estado <> 'abierto' AND cuerpo <> ''

-- name: bury
-- So that the audit trail tells what is gone on purpose from what is missing.
SELECT core.retirar_mes(t, %(mes)s) FROM unnest(ARRAY['raw.mensajes', 'raw.conflictos', 'stg.rechazos']) AS t

-- name: record
INSERT INTO core.retenciones
    (mes, mensajes, bytes, conflictos, rechazos, lote_desde, lote_hasta, huella, meses)
VALUES
    (%(mes)s, %(mensajes)s, %(bytes)s, %(conflictos)s, %(rechazos)s, %(lote_desde)s, %(lote_hasta)s,
     %(huella)s, %(months)s)
