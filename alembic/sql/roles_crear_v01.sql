-- The roles. They belong to the cluster, and other databases of it may use them too: whatever is there is
-- left as it is. Whoever migrates has to be a member of the owner; of the others it may be one.
RESET ROLE;
DO $roles$
DECLARE
    c_roles constant text[] := ARRAY[
        'academico_owner', 'academico_etl', 'academico_lector', 'academico_pii', 'academico_tablero'
    ];
    v_rol   text;
BEGIN
    FOREACH v_rol IN ARRAY c_roles LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_rol) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', v_rol);
            END IF;
        EXCEPTION
            -- Another database's migration made it this very moment.
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE insufficient_privilege USING MESSAGE = format(
                    'role %s is not there, and %s may not create it; an administrator runs this once: '
                    '%s; GRANT academico_owner TO %I', v_rol, session_user,
                    (SELECT string_agg('CREATE ROLE ' || r || ' NOLOGIN', '; ')
                     FROM unnest(c_roles) AS r WHERE r NOT IN (SELECT rolname FROM pg_roles)), session_user);
        END;
        BEGIN
            IF NOT pg_has_role(session_user, v_rol, 'SET') THEN
                EXECUTE format('GRANT %I TO %I', v_rol, session_user);
            END IF;
        EXCEPTION
            WHEN unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                IF v_rol = 'academico_owner' THEN
                    RAISE insufficient_privilege USING MESSAGE = format(
                        '%s is no member of academico_owner, which owns the tables; an administrator runs this '
                        'once: GRANT academico_owner TO %I', session_user, session_user);
                END IF;
        END;
    END LOOP;
END
$roles$;
