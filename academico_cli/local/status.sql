-- Small, indexed questions: `academico status` never waits long.

-- name: server
SELECT current_setting('server_version') AS version,
       current_setting('server_version_num')::int AS numero,
       current_setting('server_encoding') AS codificacion,
       current_setting('TimeZone') AS zona

-- name: solo_lectura
SELECT pg_is_in_recovery() AS replica, current_setting('transaction_read_only')::boolean AS solo_lectura

-- name: pendientes
-- By the kind of parent that is missing: events, parents, and how long the first waits (seconds).
SELECT padre, count(*) AS cuantos, count(DISTINCT id_padre) AS padres,
       extract(epoch FROM now() - min(desde))::float8 AS edad
FROM stg.pendientes
GROUP BY padre
ORDER BY cuantos DESC, padre

-- name: rechazos
SELECT count(*) AS cuantos, min(recibido_en) AS mas_antiguo
FROM stg.rechazos
WHERE estado = 'abierto'

-- name: ultimo_lote
SELECT lote, cerrado_en, eventos FROM core.lotes ORDER BY lote DESC LIMIT 1

-- name: corridas_abiertas
SELECT count(*) AS cuantas, min(started_at) AS mas_antigua
FROM core.etl_run_log
WHERE status = 'running'

-- name: sesiones
SELECT count(*) AS cuantas
FROM pg_stat_activity
WHERE datname = current_database()
  AND pid <> pg_backend_pid()
  AND application_name LIKE 'academico%'
  AND application_name NOT IN ('academico migrate', 'academico doctor', 'academico status', 'academico psql')

-- name: reloj
SELECT extract(epoch FROM clock_timestamp())::float8 AS segundos
