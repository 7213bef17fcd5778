-- Dashboards may read nothing. The role stays: it belongs to the cluster, and logins may be in it.
DO $tableros$
DECLARE
    v_orden text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'academico_tablero') THEN
        RETURN;
    END IF;
    FOR v_orden IN
        SELECT format('REVOKE ALL ON ALL %s IN SCHEMA %I FROM academico_tablero', t.tipo, n.nspname)
        FROM pg_namespace AS n, unnest(ARRAY['TABLES', 'FUNCTIONS']) AS t (tipo)
        WHERE n.nspname IN ('marts', 'academico', 'core', 'stg')
        UNION ALL
        SELECT format('REVOKE ALL ON SCHEMA %I FROM academico_tablero', n.nspname)
        FROM pg_namespace AS n
        WHERE n.nspname IN ('marts', 'academico', 'core', 'stg')
    LOOP
        EXECUTE v_orden;
    END LOOP;
END
$tableros$;
