-- academico.merge_<plural>(lote): takes the staged events of one lote and consolidates them.
--
-- Each event gets its fate as if the events had come one by one, in order of arrival: pendiente when
-- a parent is missing; obsoleto when something newer is stored or came before it in this lote;
-- aplicado otherwise. Of equal ones the greater id is kept, so that a table is a function of its
-- events and of nothing else. Only the newest event of each key is written, keys in order, so that two
-- workers never wait for each other in a circle. Joins are nested loops over indexes, whatever the
-- statistics say, so that the cost follows the lote and not the history. What is compared with a CTE is
-- an IN whose hash is only made when the first row asks for it: an insert never does.
--
-- A value that changes goes to core.auditoria with the value that was really there. Another worker may
-- have replaced the row after this statement's snapshot was taken: ON CONFLICT then has the row in hand
-- that is there, and writes only if that is the version that was seen (id_mensaje and linea name it).
-- An event that met another one is judged again. By then its row is locked, by the very attempt, and
-- seen as it is: a second pass is always the last. Whether there is one is told by the statement itself:
-- looking for staged rows would read past all that it has just deleted.
--
-- The seven functions differ in their columns and parents only: they are made here from one text.
DO $migration$
DECLARE
    c_texto constant text := $texto$
CREATE OR REPLACE FUNCTION academico.merge_{plural}(p_lote bigint)
RETURNS TABLE (destino text, eventos bigint)
LANGUAGE plpgsql
SET enable_hashjoin = off
SET enable_mergejoin = off
SET work_mem = '32MB'
AS $merge$
#variable_conflict use_column
DECLARE
    v_otra_vez boolean;
BEGIN
{antes}
LOOP
FOR destino, eventos, v_otra_vez IN
WITH tomado AS (
    DELETE FROM {stg} WHERE lote = p_lote RETURNING *
),
evento AS (
    SELECT
        t.*,
        {extra}
        {falta} AS falta,
        p.ocurrido_en AS previo_en,
        p.desempate AS previo_desempate,
        p.id_mensaje AS previo_mensaje,
        p.linea AS previo_linea,
        {previos},
        rank() OVER (PARTITION BY {llave_t} ORDER BY t.ocurrido_en, t.desempate) AS rango
    FROM tomado AS t
    {padres}
    -- OFFSET 0: looked up row by row with the row's periodo, so that only its partition is touched.
    LEFT JOIN LATERAL (
        SELECT * FROM academico.{plural} AS p WHERE {previo} OFFSET 0
    ) AS p ON true
),
juzgado AS (
    SELECT
        e.*,
        CASE
            WHEN e.falta IS NOT NULL THEN 'pendiente'
            WHEN e.rango < max(e.rango) OVER (
                PARTITION BY {llave}, e.falta IS NULL ORDER BY e.origen, e.n, e.linea
            ) THEN 'obsoleto'
            WHEN (e.ocurrido_en, e.desempate) < (e.previo_en, e.previo_desempate) THEN 'obsoleto'
            ELSE 'aplicado'
        END AS destino
    FROM evento AS e
),
{aparcado}
-- nuevo: nothing is stored that this one is not newer than.
ganador AS (
    SELECT DISTINCT ON ({llave})
        j.*,
        (j.previo_en, j.previo_desempate, j.previo_mensaje, j.previo_linea)
            < (j.ocurrido_en, j.desempate, j.id_mensaje, j.linea) IS NOT FALSE AS nuevo
    FROM juzgado AS j
    WHERE j.destino = 'aplicado'
    ORDER BY {llave}, rango DESC, id_mensaje DESC, linea DESC
),
escrito AS (
    INSERT INTO academico.{plural} AS p
        ({columnas}, ocurrido_en, desempate, lote, id_mensaje, linea)
    SELECT {valores}, ocurrido_en, desempate, origen, id_mensaje, linea
    FROM ganador  -- which is in the order of the key
    WHERE nuevo
    ON CONFLICT ({conflicto}) DO UPDATE SET
        {asigna},
        ocurrido_en = excluded.ocurrido_en,
        desempate = excluded.desempate,
        lote = excluded.lote,
        id_mensaje = excluded.id_mensaje,
        linea = excluded.linea
    WHERE (p.ocurrido_en, p.desempate, p.id_mensaje, p.linea)
        < (excluded.ocurrido_en, excluded.desempate, excluded.id_mensaje, excluded.linea)
        AND ({llave_p}, p.id_mensaje, p.linea)
            IN (SELECT {llave_g}, g.previo_mensaje, g.previo_linea FROM ganador AS g WHERE g.previo_mensaje IS NOT NULL)
    RETURNING {llave_p}
),
auditado AS (
    INSERT INTO core.auditoria
        (id_alumno, tabla, clave, anterior, nuevo, lote, origen, id_mensaje, linea, ocurrido_en, sal, huella)
    SELECT
        {id_alumno}, '{plural}', f.clave, f.anterior, f.nuevo,
        p_lote, g.origen, g.id_mensaje, g.linea, g.ocurrido_en,
        f.sal, core.huella_cambio(f.sal, {id_alumno}, f.clave, f.anterior, f.nuevo)
    FROM ganador AS g
    CROSS JOIN LATERAL (
        SELECT
            jsonb_build_object({clave}) AS clave, jsonb_build_object({anterior}) AS anterior,
            jsonb_build_object({nuevo}) AS nuevo, gen_random_uuid() AS sal
        OFFSET 0
    ) AS f
    WHERE g.nuevo AND g.previo_mensaje IS NOT NULL
        AND ({comparados}) IS DISTINCT FROM ({comparados_previos})
        AND (({llave_g}) IN (SELECT * FROM escrito)) IS TRUE
    ORDER BY {llave}
),
-- IS TRUE keeps these from becoming joins.
repetido AS (
    INSERT INTO {stg} (lote, origen, n, linea, id_mensaje, ocurrido_en, desempate, {campos_stg})
    SELECT g.lote, g.origen, g.n, g.linea, g.id_mensaje, g.ocurrido_en, g.desempate, {campos_g}
    FROM ganador AS g
    WHERE (SELECT count(*) FROM escrito) < (SELECT count(*) FROM ganador AS x WHERE x.nuevo)
        AND g.nuevo
        AND (({llave_g}) NOT IN (SELECT * FROM escrito)) IS TRUE
    RETURNING origen
),
{tocado}
asiento AS (
    INSERT INTO core.destinos AS d (lote, por_lote, entidad, destino, eventos)
    SELECT j.origen, p_lote, '{entidad}', j.destino, j.eventos
    FROM (
        SELECT
            origen, destino,
            count(*) - (SELECT count(*) FROM repetido AS r WHERE r.origen = e.origen AND e.destino = 'aplicado') AS eventos
        FROM juzgado AS e
        GROUP BY origen, destino
    ) AS j
    WHERE j.eventos > 0
    RETURNING d.destino, d.eventos
)
SELECT a.destino, sum(a.eventos)::bigint, r.filas
FROM (SELECT count(*) > 0 AS filas FROM repetido) AS r
LEFT JOIN asiento AS a ON true
GROUP BY a.destino, r.filas
LOOP
    IF destino IS NOT NULL THEN
        RETURN NEXT;
    END IF;
END LOOP;
EXIT WHEN NOT v_otra_vez;
END LOOP;
END
$merge$
$texto$;
    c_aparcado constant text := $texto$
aparcado AS (
    INSERT INTO stg.pendientes (lote, n, linea, entidad, padre, id_padre, evento, desde)
    SELECT
        j.origen, j.n, j.linea, '{entidad}', j.falta,
        CASE j.falta {id_padre} END,
        to_jsonb(f), coalesce((SELECT m.cerrado_en FROM core.lotes AS m WHERE m.lote = j.origen), now())
    FROM juzgado AS j
    CROSS JOIN LATERAL (
        SELECT j.lote, j.origen, j.n, j.linea, j.id_mensaje, j.ocurrido_en, j.desempate, {campos}
    ) AS f
    WHERE j.falta IS NOT NULL
),$texto$;
    c_tocado constant text := $texto$
tocado AS (
    INSERT INTO core.lotes_periodos (lote, periodo)
    SELECT p_lote, periodo FROM ({tocados}) AS x WHERE periodo IS NOT NULL
    ON CONFLICT DO NOTHING
),$texto$;
    c_periodo constant text :=
        $$SELECT j.periodo FROM juzgado AS j WHERE j.destino = 'aplicado' GROUP BY j.periodo$$;
    c_alumno_grupo constant text := 'LEFT JOIN academico.alumnos AS a ON a.id = t.id_alumno '
        'LEFT JOIN academico.grupos AS g ON g.id = t.id_grupo';
    c_falta_alumno_grupo constant text :=
        $$CASE WHEN a.id IS NULL THEN 'alumno' WHEN g.id IS NULL THEN 'grupo' END$$;
    c_id_alumno_grupo constant text :=
        $$WHEN 'alumno' THEN j.id_alumno WHEN 'grupo' THEN j.id_grupo$$;
    r record;
    v_sql text;
    v_campo text;
    v_campos text;
    v_comparados text;
    v_llave_p text;
BEGIN
    FOR r IN
        SELECT * FROM (VALUES
            ('maestro', 'maestros', 'stg.maestros_upsert',
             'id_maestro', 'id', 'id, nombre, especialidad', 'id_maestro, nombre, especialidad',
             '', 'NULL::text', '', '', 'p.id = t.id_maestro', '', ''),
            ('materia', 'materias', 'stg.materias_upsert',
             'id_materia', 'id', 'id, nombre, creditos', 'id_materia, nombre, creditos',
             '', 'NULL::text', '', '', 'p.id = t.id_materia', '', ''),
            ('grupo', 'grupos', 'stg.grupos_upsert',
             'id_grupo', 'id', 'id, id_materia, id_maestro, periodo, fecha_inicio',
             'id_grupo, id_materia, id_maestro, periodo, fecha_inicio',
             'LEFT JOIN academico.materias AS m ON m.id = t.id_materia '
             'LEFT JOIN academico.maestros AS d ON d.id = t.id_maestro',
             $$CASE WHEN m.id IS NULL THEN 'materia'
                    WHEN t.id_maestro IS NOT NULL AND d.id IS NULL THEN 'maestro' END$$,
             $$WHEN 'materia' THEN j.id_materia WHEN 'maestro' THEN j.id_maestro$$,
             'p.periodo AS periodo_previo,', 'p.id = t.id_grupo', c_periodo || ' UNION ' || replace(c_periodo, 'j.periodo', 'j.periodo_previo'),
             'PERFORM academico.abrir_periodo(s.periodo) FROM '
             '(SELECT DISTINCT u.periodo FROM stg.grupos_upsert AS u WHERE u.lote = p_lote) AS s '
             'ORDER BY s.periodo;'),
            ('alumno', 'alumnos', 'stg.alumnos_upsert',
             'id_alumno', 'id', 'id, nombre, edad, genero', 'id_alumno, nombre, edad, genero',
             '', 'NULL::text', '', '', 'p.id = t.id_alumno', '', ''),
            ('inscripcion', 'inscripciones', 'stg.inscripciones_event',
             'id_alumno, id_grupo', 'id_alumno, id_grupo, periodo',
             'id_alumno, id_grupo, periodo, fecha_inscripcion, estado',
             'id_alumno, id_grupo, periodo, fecha_inscripcion, estado',
             c_alumno_grupo, c_falta_alumno_grupo, c_id_alumno_grupo, 'g.periodo,',
             'p.id_alumno = t.id_alumno AND p.id_grupo = t.id_grupo AND p.periodo = g.periodo',
             c_periodo, ''),
            ('calificacion', 'calificaciones', 'stg.calificaciones_event',
             'id_alumno, id_grupo', 'id_alumno, id_grupo, periodo',
             'id_alumno, id_grupo, periodo, calificacion, fecha_registro',
             'id_alumno, id_grupo, periodo, calificacion, fecha_registro',
             c_alumno_grupo, c_falta_alumno_grupo, c_id_alumno_grupo, 'g.periodo,',
             'p.id_alumno = t.id_alumno AND p.id_grupo = t.id_grupo AND p.periodo = g.periodo',
             c_periodo, ''),
            ('evaluacion', 'evaluaciones', 'stg.evaluaciones_event',
             'id_alumno, id_grupo, evaluacion', 'id_alumno, id_grupo, evaluacion',
             'id_alumno, id_grupo, evaluacion, calificacion, peso, fecha',
             'id_alumno, id_grupo, evaluacion, calificacion, peso, fecha',
             c_alumno_grupo, c_falta_alumno_grupo, c_id_alumno_grupo, 'g.periodo,',
             'p.id_alumno = t.id_alumno AND p.id_grupo = t.id_grupo AND p.evaluacion = t.evaluacion',
             c_periodo, '')
        ) AS entidades (entidad, plural, stg, llave, conflicto, columnas, valores,
                        padres, falta, id_padre, extra, previo, tocados, antes)
    LOOP
        v_sql := replace(c_texto, '{aparcado}', CASE WHEN r.padres = '' THEN '' ELSE c_aparcado END);
        v_sql := replace(v_sql, '{tocado}',
                         CASE WHEN r.tocados = '' THEN '' ELSE replace(c_tocado, '{tocados}', r.tocados) END);
        v_sql := replace(v_sql, '{asigna}', (
            SELECT string_agg(format('%1$s = excluded.%1$s', c), ', ')
            FROM unnest(string_to_array(r.columnas, ', ')) AS c
            WHERE NOT c = ANY (string_to_array(r.conflicto, ', '))));
        -- Columns of the event, then those of the row that are no part of its key: in stg they have
        -- the same names.
        SELECT string_agg(attname, ', ' ORDER BY attnum) INTO STRICT v_campos
        FROM pg_attribute WHERE attrelid = r.stg::regclass AND attnum > 7;
        v_comparados := (
            SELECT string_agg(c, ', ' ORDER BY o)
            FROM unnest(string_to_array(r.columnas, ', ')) WITH ORDINALITY AS u (c, o)
            WHERE NOT c = ANY (string_to_array(r.conflicto, ', ')));
        v_llave_p := CASE r.conflicto WHEN 'id' THEN 'p.id' ELSE regexp_replace(r.llave, '(\w+)', 'p.\1', 'g') END;
        v_sql := replace(v_sql, '{campos}', regexp_replace(v_campos, '(\w+)', 'j.\1', 'g'));
        v_sql := replace(v_sql, '{campos_g}', regexp_replace(v_campos, '(\w+)', 'g.\1', 'g'));
        v_sql := replace(v_sql, '{campos_stg}', v_campos);
        v_sql := replace(v_sql, '{previos}', regexp_replace(v_comparados, '(\w+)', 'p.\1 AS antes_\1', 'g'));
        v_sql := replace(v_sql, '{comparados}', regexp_replace(v_comparados, '(\w+)', 'g.\1', 'g'));
        v_sql := replace(v_sql, '{comparados_previos}', regexp_replace(v_comparados, '(\w+)', 'g.antes_\1', 'g'));
        v_sql := replace(v_sql, '{anterior}', regexp_replace(v_comparados, '(\w+)', '''\1'', g.antes_\1', 'g'));
        v_sql := replace(v_sql, '{nuevo}', regexp_replace(v_comparados, '(\w+)', '''\1'', g.\1', 'g'));
        v_sql := replace(v_sql, '{clave}', CASE r.conflicto WHEN 'id' THEN '''id'', g.' || r.llave
            ELSE regexp_replace(r.llave, '(\w+)', '''\1'', g.\1', 'g') END);
        v_sql := replace(v_sql, '{id_alumno}', CASE WHEN r.llave ~ '^id_alumno' THEN 'g.id_alumno' ELSE '0' END);
        v_sql := replace(v_sql, '{llave_t}', regexp_replace(r.llave, '(\w+)', 't.\1', 'g'));
        v_sql := replace(v_sql, '{llave_g}', regexp_replace(r.llave, '(\w+)', 'g.\1', 'g'));
        v_sql := replace(v_sql, '{llave_p}', v_llave_p);
        FOREACH v_campo IN ARRAY ARRAY['entidad', 'plural', 'stg', 'llave', 'conflicto', 'columnas',
                                       'valores', 'padres', 'falta', 'id_padre', 'extra', 'previo', 'antes']
        LOOP
            v_sql := replace(v_sql, '{' || v_campo || '}', to_jsonb(r) ->> v_campo);
        END LOOP;
        EXECUTE v_sql;
    END LOOP;
END
$migration$;
