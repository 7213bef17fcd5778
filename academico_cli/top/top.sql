-- What happens now, from the last lotes: nothing here reads the history.

-- name: rate
-- Of at most 2,000 lotes: a minute has fewer unless they are tiny.
SELECT
    coalesce(sum(eventos), 0)::bigint AS eventos,
    count(*)::int AS lotes,
    coalesce(sum(mensajes), 0)::bigint AS mensajes,
    avg(extract(epoch FROM cerrado_en - abierto_en))::float8 AS segundos_por_lote,
    least(
        %(ventana)s, extract(epoch FROM clock_timestamp() - min(abierto_en))
    )::float8 AS segundos
FROM (SELECT * FROM core.lotes ORDER BY lote DESC LIMIT 2000) AS l
WHERE cerrado_en > clock_timestamp() - make_interval(secs => %(ventana)s)

-- name: fates
SELECT d.destino, sum(d.eventos)::bigint AS eventos
FROM (SELECT * FROM core.lotes ORDER BY lote DESC LIMIT 2000) AS l
INNER JOIN core.destinos AS d ON d.lote = l.lote
WHERE l.cerrado_en > clock_timestamp() - make_interval(secs => %(ventana)s)
GROUP BY d.destino
HAVING sum(d.eventos) <> 0

-- name: last_commit
SELECT extract(epoch FROM clock_timestamp() - cerrado_en)::float8 AS segundos
FROM core.lotes
ORDER BY lote DESC
LIMIT 1

-- name: lotes
SELECT l.lote, r.comando, l.cerrado_en, l.mensajes, l.eventos,
       round(extract(epoch FROM l.cerrado_en - l.abierto_en), 3)::float8 AS segundos
FROM core.lotes AS l
INNER JOIN core.etl_run_log AS r ON r.run_id = l.run_id
ORDER BY l.lote DESC
LIMIT %(lotes)s

-- name: rejects
SELECT motivo, entidad, count(*) AS eventos
FROM stg.rechazos
WHERE estado = 'abierto'
GROUP BY motivo, entidad
ORDER BY eventos DESC, motivo, entidad
LIMIT %(motivos)s

-- name: parked
SELECT count(*) AS eventos FROM stg.pendientes

-- name: workers
-- A worker with batches behind has some connections, and all of them one name.
SELECT count(*) AS corridas
FROM core.etl_run_log AS r
WHERE r.status = 'running' AND r.comando = 'consume'
  AND EXISTS (
      SELECT FROM pg_stat_activity AS a
      WHERE a.datname = current_database() AND a.application_name = 'academico consume'
  )
