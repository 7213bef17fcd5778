-- id: corrida_fallida
-- entidad: flujo
-- tabla: core.etl_run_log
-- severidad: warn
-- titulo: Un proceso terminó mal
-- significa: Un proceso de carga o consumo terminó con error en los últimos 7 días.
-- importa: Pudo dejar de leer la cola: los datos llegan tarde.
-- remedio: Revise con `academico doctor` qué estaba mal y vuelva a lanzar el comando; nada de lo
--   confirmado se perdió.
-- columnas: run_id, comando, finished_at
-- llave: run_id
-- padre: comando
SELECT run_id, comando, finished_at
FROM core.etl_run_log
WHERE status = 'failed' AND finished_at >= coalesce(nullif(current_setting('academico.hoy', true), '')::timestamptz, now()) - interval '7 days'
