-- What dashboards may read, to the column: no alumno is named, no message is shown; maestros are, in their
-- ranking. Safe to run again. Whoever sets up a Grafana makes a login in the role:
-- CREATE ROLE grafana LOGIN PASSWORD '...' IN ROLE academico_tablero
GRANT USAGE ON SCHEMA marts, academico, core, stg TO academico_tablero;
GRANT SELECT ON
    marts.base_materias, marts.materia_periodo_stats, marts.ranking_maestros_periodo, marts.refrescos
TO academico_tablero;
GRANT EXECUTE ON FUNCTION
    marts.promedio(numeric, bigint), marts.tasa(bigint, bigint), marts.top_materias(text, integer)
TO academico_tablero;
GRANT SELECT (periodo, promedio) ON marts.base_riesgo TO academico_tablero;
GRANT SELECT (id_grupo, periodo, calificacion) ON academico.calificaciones TO academico_tablero;
GRANT SELECT (id, periodo, id_materia) ON academico.grupos TO academico_tablero;
GRANT SELECT (
    run, check_name, status, severity, failed_rows, new_rows, total_rows, check_time
) ON core.dq_results TO academico_tablero;
GRANT SELECT (id, entidad, titulo) ON core.dq_rules TO academico_tablero;
GRANT SELECT (run, started_at) ON core.dq_runs TO academico_tablero;
GRANT SELECT (destino, eventos) ON core.destinos TO academico_tablero;
GRANT SELECT (entidad, motivo, campo, estado, recibido_en) ON stg.rechazos TO academico_tablero;
