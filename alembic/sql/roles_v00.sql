-- Back to whoever migrates: everything is theirs, nothing is granted, functions are everybody's again.
RESET ROLE;
DO $owner$
DECLARE
    v_orden text;
BEGIN
    FOR v_orden IN
        WITH ours AS (
            SELECT n.oid, n.nspname FROM pg_namespace AS n
            WHERE n.nspname IN ('raw', 'stg', 'core', 'academico', 'marts', 'ml')
        ),
        roles (rol) AS (VALUES ('academico_etl'), ('academico_lector'), ('academico_pii')),
        orden AS (
            SELECT 1 AS n, format('REVOKE ALL ON SCHEMA %I FROM %I', o.nspname, r.rol) AS cosa FROM ours AS o, roles AS r
            UNION ALL
            SELECT 1, format('REVOKE ALL ON ALL %s IN SCHEMA %I FROM %I', t.tipo, o.nspname, r.rol)
            FROM ours AS o, roles AS r, unnest(ARRAY['TABLES', 'SEQUENCES', 'FUNCTIONS']) AS t (tipo)
            UNION ALL
            SELECT 1, format('ALTER DEFAULT PRIVILEGES FOR ROLE academico_owner IN SCHEMA %I REVOKE ALL ON %s FROM %I',
                o.nspname, t.tipo, r.rol)
            FROM ours AS o, roles AS r, unnest(ARRAY['TABLES', 'SEQUENCES', 'FUNCTIONS']) AS t (tipo)
            UNION ALL
            SELECT 1, format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %I TO PUBLIC', o.nspname) FROM ours AS o
            UNION ALL
            SELECT 2, format('ALTER SCHEMA %I OWNER TO %I', o.nspname, session_user) FROM ours AS o
            UNION ALL
            SELECT 3, format('ALTER TABLE %I.%I OWNER TO %I', o.nspname, c.relname, session_user)
            FROM pg_class AS c INNER JOIN ours AS o ON o.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT (c.relkind = 'S' AND EXISTS (
                SELECT FROM pg_depend AS d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')))
            UNION ALL
            SELECT 4, format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, session_user)
            FROM pg_proc AS p INNER JOIN ours AS o ON o.oid = p.pronamespace
            UNION ALL
            SELECT 5, format('ALTER TYPE %I.%I OWNER TO %I', o.nspname, t.typname, session_user)
            FROM pg_type AS t INNER JOIN ours AS o ON o.oid = t.typnamespace
            WHERE t.typtype IN ('d', 'e')
        )
        SELECT cosa FROM orden ORDER BY n, cosa
    LOOP
        EXECUTE v_orden;
    END LOOP;
END
$owner$;
ALTER DEFAULT PRIVILEGES FOR ROLE academico_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
REVOKE EXECUTE ON FUNCTION core.enterrar, core.borrar_cambios, core.retirar_mes FROM PUBLIC;
ALTER FUNCTION raw.abrir_lote() SECURITY INVOKER RESET search_path;
ALTER FUNCTION academico.abrir_periodo(text) SECURITY INVOKER RESET search_path;
ALTER FUNCTION marts.refrescar_materias(text[]) SECURITY INVOKER RESET search_path;
REVOKE ALL ON public.alembic_version FROM academico_owner, academico_etl, academico_lector, academico_pii;

-- A role goes only when nobody needs it: no other database grants it anything, no login but ours is a member.
DO $roles$
DECLARE
    v_rol text;
BEGIN
    FOREACH v_rol IN ARRAY ARRAY[
        'academico_tablero', 'academico_etl', 'academico_lector', 'academico_pii', 'academico_owner'
    ] LOOP
        IF EXISTS (
            SELECT FROM pg_auth_members AS m
            WHERE m.roleid = v_rol::regrole AND m.member <> session_user::regrole
        ) THEN
            CONTINUE;
        END IF;
        BEGIN
            EXECUTE format('DROP ROLE %I', v_rol);
        EXCEPTION
            WHEN dependent_objects_still_exist OR insufficient_privilege THEN NULL;
        END;
    END LOOP;
END
$roles$;
