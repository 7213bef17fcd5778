-- name: act
-- Takes on the first of these roles that this login may take on. Nothing where the database has no roles yet,
-- and a login that has the rights otherwise goes on as itself. "allowed" is false when it has neither.
WITH pedido AS (
    SELECT p.rol::text, p.orden, CASE p.rol
        WHEN 'academico_owner' THEN pg_has_role('academico_owner', 'USAGE')
        WHEN 'academico_etl' THEN has_schema_privilege('raw', 'USAGE') AND has_table_privilege('raw.mensajes', 'INSERT')
        WHEN 'academico_pii' THEN has_schema_privilege('marts', 'USAGE')
            AND has_column_privilege('marts.alumnos_en_riesgo', 'nombre', 'SELECT')
        WHEN 'academico_lector' THEN has_schema_privilege('marts', 'USAGE')
            AND has_column_privilege('marts.alumnos_en_riesgo', 'periodo', 'SELECT')
    END AS puede
    FROM unnest(%(roles)s::text[]) WITH ORDINALITY AS p (rol, orden)
),
elegido AS (
    SELECT p.rol FROM pedido AS p
    INNER JOIN pg_roles AS r ON r.rolname = p.rol
    WHERE pg_has_role(r.oid, 'SET')
    ORDER BY p.orden
    LIMIT 1
)
SELECT
    (SELECT set_config('role', e.rol, false) FROM elegido AS e) IS NOT NULL
    OR (SELECT bool_or(p.puede) FROM pedido AS p) AS allowed
FROM pg_namespace AS n
INNER JOIN pg_roles AS d ON d.oid = n.nspowner AND d.rolname = 'academico_owner'
WHERE n.nspname = 'core'
