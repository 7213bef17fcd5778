-- name: start_run
INSERT INTO core.etl_run_log (sesion, comando) VALUES (%(sesion)s, %(comando)s) RETURNING run_id

-- name: finish_run
UPDATE core.etl_run_log SET finished_at = clock_timestamp(), status = %(status)s
WHERE run_id = %(run_id)s

-- name: insert_destino
INSERT INTO core.destinos (lote, por_lote, entidad, destino, eventos)
VALUES (%(lote)s, %(lote)s, %(entidad)s, %(destino)s, %(eventos)s)

-- name: close_lote
WITH corrida AS (
    UPDATE core.etl_run_log
    SET processed_count = processed_count + %(eventos)s, error_count = error_count + %(rechazados)s
    WHERE run_id = %(run_id)s
),
por_sellar AS (
    INSERT INTO core.por_sellar (lote) VALUES (%(lote)s)
)
INSERT INTO core.lotes (lote, run_id, mensajes, eventos, conflictos, abierto_en, cerrado_en)
VALUES (%(lote)s, %(run_id)s, %(mensajes)s, %(eventos)s, %(conflictos)s, now(), clock_timestamp())

-- name: session_fates
SELECT d.destino, sum(d.eventos)::bigint
FROM core.etl_run_log AS r
INNER JOIN core.lotes AS l ON l.run_id = r.run_id
INNER JOIN core.destinos AS d ON d.lote = l.lote
WHERE r.sesion = %(sesion)s
GROUP BY d.destino

-- name: wait_for_lotes
SELECT pg_advisory_xact_lock(hashtext('academico.lote'), hashint8(l.lote)) FROM unnest(%(lotes)s::bigint[]) AS l (lote)

-- name: count_lotes
SELECT count(*) FROM core.lotes WHERE lote = ANY (%(lotes)s)
