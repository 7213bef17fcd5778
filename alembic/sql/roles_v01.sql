-- Who owns what and who may do what. Safe to run again: a restore does. What is granted here is explained in
-- docs/governance.md; the personal columns are those of academico_cli/core/personal.py, and a test compares.

-- The version is kept by whoever migrates; the owner has to write it, the others only look at it.
GRANT SELECT ON public.alembic_version TO academico_etl, academico_lector, academico_pii;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.alembic_version TO academico_owner;

-- Everything belongs to a role that nobody logs in as.
DO $owner$
DECLARE
    v_orden text;
BEGIN
    FOR v_orden IN
        WITH ours AS (
            SELECT n.oid, n.nspname, n.nspowner FROM pg_namespace AS n
            WHERE n.nspname IN ('raw', 'stg', 'core', 'academico', 'marts', 'ml')
        ),
        orden AS (
            SELECT 1 AS n, format('SCHEMA %I', o.nspname) AS cosa, o.nspowner AS de FROM ours AS o
            UNION ALL
            SELECT 2, format('TABLE %I.%I', o.nspname, c.relname), c.relowner
            FROM pg_class AS c INNER JOIN ours AS o ON o.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT (c.relkind = 'S' AND EXISTS (
                SELECT FROM pg_depend AS d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')))
            UNION ALL
            SELECT 3, 'ROUTINE ' || p.oid::regprocedure, p.proowner
            FROM pg_proc AS p INNER JOIN ours AS o ON o.oid = p.pronamespace
            UNION ALL
            SELECT 4, format('TYPE %I.%I', o.nspname, t.typname), t.typowner
            FROM pg_type AS t INNER JOIN ours AS o ON o.oid = t.typnamespace
            WHERE t.typtype IN ('d', 'e')
        )
        SELECT format('ALTER %s OWNER TO academico_owner', cosa) FROM orden
        WHERE de <> 'academico_owner'::regrole
        ORDER BY n, cosa
    LOOP
        EXECUTE v_orden;
    END LOOP;
END
$owner$;

-- From here on, also in the migrations that follow: what is made belongs to it at once.
SET ROLE academico_owner;

-- What only an owner may do and every consumer, or refresh, has to: make a partition, refresh a
-- materialized view. All names in these functions are qualified.
ALTER FUNCTION raw.abrir_lote() SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION academico.abrir_periodo(text) SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION marts.refrescar_materias(text[]) SECURITY DEFINER SET search_path = pg_catalog, pg_temp;

GRANT USAGE ON SCHEMA raw, stg, core, academico, marts, ml TO academico_etl, academico_pii;
GRANT USAGE ON SCHEMA marts TO academico_lector;

-- Functions are everybody's unless somebody says otherwise.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA raw, stg, core, academico, marts, ml FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA raw, stg, academico, marts, ml TO academico_etl;
GRANT EXECUTE ON FUNCTION core.sellar(integer) TO academico_etl;
GRANT EXECUTE ON FUNCTION
    core.huella_cambio(uuid, bigint, jsonb, jsonb, jsonb), core.huella(core.auditoria), core.huella(raw.mensajes, bytea),
    core.huella(raw.conflictos, bytea), core.huella(stg.rechazos, bytea), core.huella(bigint[], bytea[])
TO academico_etl, academico_pii;
GRANT EXECUTE ON FUNCTION
    marts.promedio(numeric, bigint), marts.tasa(bigint, bigint), marts.top_materias(text, integer)
TO academico_lector, academico_pii;

-- academico_etl: writes what is new. It deletes only what is of the moment, and rewrites no evidence.
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA raw TO academico_etl;
GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA stg TO academico_etl;
REVOKE DELETE ON stg.rechazos FROM academico_etl;
GRANT UPDATE (estado, cerrado_en, correccion) ON stg.rechazos TO academico_etl;
-- To lock the rows that it takes up.
GRANT UPDATE (desde) ON stg.pendientes TO academico_etl;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA academico TO academico_etl;
REVOKE INSERT, UPDATE ON academico.periodos FROM academico_etl;
GRANT SELECT ON ALL TABLES IN SCHEMA core TO academico_etl;
GRANT INSERT ON
    core.lotes, core.destinos, core.por_sellar, core.dq_results
TO academico_etl;
GRANT INSERT, DELETE ON core.lotes_periodos, core.dq_fallos TO academico_etl;
GRANT INSERT, UPDATE ON core.dq_rules, core.dq_runs TO academico_etl;
GRANT INSERT, UPDATE (finished_at, status, processed_count, error_count) ON core.etl_run_log TO academico_etl;
GRANT INSERT, UPDATE, DELETE ON core.cola, core.cola_tomas, core.intentos TO academico_etl;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    marts.base_grupos, marts.base_materias, marts.base_maestros, marts.base_riesgo, marts.parametros, marts.refrescos
TO academico_etl;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ml TO academico_etl;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA ml TO academico_etl;

-- academico_pii: reads everything, writes nothing.
GRANT SELECT ON ALL TABLES IN SCHEMA raw, stg, core, academico, marts, ml TO academico_pii;
GRANT SELECT ON SEQUENCE core.lotes_lote_seq TO academico_pii;

-- academico_lector: the marts that are published, without the columns that tell who somebody is. What they are
-- computed from is not readable: a view reads with the rights of its owner.
DO $lector$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT
            format('%I.%I', n.nspname, c.relname) AS mart,
            string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE p.columna IS NULL) AS columnas,
            bool_or(p.columna IS NOT NULL) AS personal
        FROM pg_class AS c
        INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'marts'
        INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN (VALUES
            ('alumnos_en_riesgo', 'id_alumno'), ('alumnos_en_riesgo', 'nombre'), ('alumnos_en_riesgo', 'promedio'),
            ('riesgo_predicho', 'id_alumno'), ('riesgo_predicho', 'nombre'), ('riesgo_predicho', 'probabilidad'),
            ('riesgo_predicho', 'banda'), ('riesgo_predicho', 'seleccionado'), ('riesgo_predicho', 'razones'),
            ('kpi_grupo', 'id_maestro'), ('kpi_grupo', 'profesor'),
            ('ranking_maestros', 'id_maestro'), ('ranking_maestros', 'maestro'), ('ranking_maestros', 'promedio'),
            ('ranking_maestros_periodo', 'id_maestro'), ('ranking_maestros_periodo', 'maestro'),
            ('ranking_maestros_periodo', 'promedio')
        ) AS p (mart, columna) ON p.mart = c.relname AND p.columna = a.attname
        WHERE c.relkind IN ('v', 'm') OR c.relname = 'refrescos'
        GROUP BY n.nspname, c.relname
    LOOP
        EXECUTE format(
            'GRANT SELECT %s ON %s TO academico_lector, academico_etl',
            CASE WHEN r.personal THEN '(' || r.columnas || ')' END, r.mart);
    END LOOP;
END
$lector$;

-- What is made later, partitions too. A new mart is nobody's to read until a migration says which columns are.
ALTER DEFAULT PRIVILEGES FOR ROLE academico_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE academico_owner IN SCHEMA raw, stg, core, academico, marts, ml
    GRANT SELECT ON TABLES TO academico_pii;
ALTER DEFAULT PRIVILEGES FOR ROLE academico_owner IN SCHEMA raw, core GRANT SELECT, INSERT ON TABLES TO academico_etl;
ALTER DEFAULT PRIVILEGES FOR ROLE academico_owner IN SCHEMA stg
    GRANT SELECT, INSERT, DELETE ON TABLES TO academico_etl;
ALTER DEFAULT PRIVILEGES FOR ROLE academico_owner IN SCHEMA academico
    GRANT SELECT, INSERT, UPDATE ON TABLES TO academico_etl;
ALTER DEFAULT PRIVILEGES FOR ROLE academico_owner IN SCHEMA ml
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO academico_etl;
ALTER DEFAULT PRIVILEGES FOR ROLE academico_owner IN SCHEMA ml GRANT USAGE ON SEQUENCES TO academico_etl;
ALTER DEFAULT PRIVILEGES FOR ROLE academico_owner IN SCHEMA raw, stg, academico, marts, ml
    GRANT EXECUTE ON FUNCTIONS TO academico_etl;
