-- What dashboards may read, to the column: no alumno is named, no message is shown; maestros are, in their
-- ranking. Safe to run again. Whoever sets up a Grafana makes the role first, and a login in it:
-- CREATE ROLE academico_tablero NOLOGIN; CREATE ROLE grafana LOGIN PASSWORD '...' IN ROLE academico_tablero
DO $tableros$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'academico_tablero') THEN
        BEGIN
            CREATE ROLE academico_tablero NOLOGIN;
        EXCEPTION
            -- Another database's migration made it this very moment.
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE NOTICE 'there is no role academico_tablero: nothing is granted to dashboards';
                RETURN;
        END;
    END IF;
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
END
$tableros$;
