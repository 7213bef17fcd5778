-- Each change of a stored value, told by the table that changes: the value that was really there, whatever
-- another worker did meanwhile. A first value is no change and costs nothing. A merge says in which lote it
-- works (academico.lote); a change that no merge makes is told with lote 0, and no event.
-- Run as the owner: nobody else can write to the audit trail. The salts are drawn from one secret, which
-- is forgotten here: a random number for each row costs more than its hash.
DO $migration$
DECLARE
    c_texto constant text := $texto$
CREATE FUNCTION core.auditar_{plural}() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_hashjoin = on  -- which a merge turns off
AS $auditar$
DECLARE
    v_lote    constant bigint := coalesce(nullif(current_setting('academico.lote', true), ''), '0');
    v_secreto constant bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
BEGIN
    INSERT INTO core.auditoria
        (id_alumno, tabla, clave, anterior, nuevo, lote, origen, id_mensaje, linea, ocurrido_en, sal, huella)
    SELECT
        {id_alumno}, '{plural}', f.clave, f.anterior, f.nuevo,
        v_lote, e.lote, e.id_mensaje, e.linea, e.ocurrido_en,
        f.sal, core.huella_cambio(f.sal, {id_alumno}, f.clave, f.anterior, f.nuevo)
    FROM (SELECT *, row_number() OVER () AS n FROM despues) AS d
    INNER JOIN antes AS a USING ({llave})
    -- The event that a merge got the new value from.
    CROSS JOIN LATERAL (
        SELECT d.lote, d.id_mensaje, d.linea, d.ocurrido_en WHERE v_lote <> 0
        UNION ALL
        SELECT 0, '00000000-0000-0000-0000-000000000000', 0, now() WHERE v_lote = 0
    ) AS e
    CROSS JOIN LATERAL (
        SELECT
            jsonb_build_object({clave}) AS clave, jsonb_build_object({anterior}) AS anterior,
            jsonb_build_object({nuevo}) AS nuevo, encode(substr(sha256(v_secreto || int8send(d.n)), 1, 16), 'hex')::uuid AS sal
        OFFSET 0
    ) AS f
    WHERE ({valores_a}) IS DISTINCT FROM ({valores_d})
    ORDER BY {llave_d};
    RETURN NULL;
END
$auditar$;

CREATE TRIGGER auditar AFTER UPDATE ON academico.{plural}
REFERENCING OLD TABLE AS antes NEW TABLE AS despues
FOR EACH STATEMENT EXECUTE FUNCTION core.auditar_{plural}();
COMMENT ON FUNCTION core.auditar_{plural} IS 'Anota en core.auditoria cada valor que cambia en academico.{plural}.';
$texto$;
    r record;
    v_sql text;
BEGIN
    FOR r IN
        SELECT * FROM (VALUES
            ('maestros', 'id', 'nombre, especialidad'),
            ('materias', 'id', 'nombre, creditos'),
            ('grupos', 'id', 'id_materia, id_maestro, periodo, fecha_inicio'),
            ('alumnos', 'id', 'nombre, edad, genero'),
            ('inscripciones', 'id_alumno, id_grupo', 'fecha_inscripcion, estado'),
            ('calificaciones', 'id_alumno, id_grupo', 'calificacion, fecha_registro'),
            ('evaluaciones', 'id_alumno, id_grupo, evaluacion', 'calificacion, peso, fecha')
        ) AS tablas (plural, llave, valores)
    LOOP
        v_sql := replace(c_texto, '{plural}', r.plural);
        v_sql := replace(v_sql, '{llave}', r.llave);
        v_sql := replace(v_sql, '{id_alumno}', CASE WHEN r.plural = 'alumnos' THEN 'd.id' WHEN r.llave = 'id' THEN '0' ELSE 'd.id_alumno' END);
        v_sql := replace(v_sql, '{llave_d}', regexp_replace(r.llave, '(\w+)', 'd.\1', 'g'));
        v_sql := replace(v_sql, '{clave}', regexp_replace(r.llave, '(\w+)', '''\1'', d.\1', 'g'));
        v_sql := replace(v_sql, '{anterior}', regexp_replace(r.valores, '(\w+)', '''\1'', a.\1', 'g'));
        v_sql := replace(v_sql, '{nuevo}', regexp_replace(r.valores, '(\w+)', '''\1'', d.\1', 'g'));
        v_sql := replace(v_sql, '{valores_a}', regexp_replace(r.valores, '(\w+)', 'a.\1', 'g'));
        v_sql := replace(v_sql, '{valores_d}', regexp_replace(r.valores, '(\w+)', 'd.\1', 'g'));
        EXECUTE v_sql;
    END LOOP;
END
$migration$;
