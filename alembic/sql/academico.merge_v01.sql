-- academico.merge_<plural>(lote): takes the staged events of one lote and consolidates them.
--
-- Each event gets its fate as if the events had come one by one, in order of arrival: pendiente when
-- a parent is missing; obsoleto when something newer is stored or came before it in this lote;
-- aplicado otherwise. Of equal ones the greater id is kept, so that a table is a function of its
-- events and of nothing else. Only the newest event of each key is written, keys in order, so that two
-- workers never wait for each other in a circle. Joins are nested loops over indexes, whatever the
-- statistics say, so that the cost follows the lote and not the history.
--
-- Another worker may store something as new after this statement's snapshot was taken: ON CONFLICT then
-- has the row in hand that is there, and all is undone and judged again, with what is now known.
--
-- The seven functions differ in their columns and parents only: they are made here from one text.
-- What a merge calls when another worker was faster.
CREATE FUNCTION academico.alcanzado() RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'AC001', MESSAGE = 'another worker stored something as new meanwhile';
END
$$;
COMMENT ON FUNCTION academico.alcanzado IS 'Deshace y repite una fusión a la que otro proceso se adelantó.';

DO $migration$
DECLARE
    c_texto constant text := $texto$
CREATE FUNCTION academico.merge_{plural}(p_lote bigint)
RETURNS TABLE (destino text, eventos bigint)
LANGUAGE plpgsql
SET enable_hashjoin = off
SET enable_mergejoin = off
SET work_mem = '32MB'
AS $merge$
#variable_conflict use_column
DECLARE
    v_destinos text[];
    v_eventos  bigint[];
BEGIN
PERFORM set_config('academico.lote', p_lote::text, true);
{antes}
LOOP
BEGIN
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
escrito AS (
    INSERT INTO academico.{plural} AS p
        ({columnas}, ocurrido_en, desempate, lote, id_mensaje, linea)
    SELECT DISTINCT ON ({llave})
        {valores}, ocurrido_en, desempate, origen, id_mensaje, linea
    FROM juzgado
    WHERE juzgado.destino = 'aplicado'
        -- One of the same moment may be stored, with a greater id.
        AND (previo_en, previo_desempate, previo_mensaje, previo_linea)
            < (ocurrido_en, desempate, id_mensaje, linea) IS NOT FALSE
    ORDER BY {llave}, rango DESC, id_mensaje DESC, linea DESC
    ON CONFLICT ({conflicto}) DO UPDATE SET
        {asigna},
        ocurrido_en = excluded.ocurrido_en,
        desempate = excluded.desempate,
        lote = excluded.lote,
        id_mensaje = excluded.id_mensaje,
        linea = excluded.linea
    WHERE CASE
        WHEN (p.ocurrido_en, p.desempate, p.id_mensaje, p.linea)
            < (excluded.ocurrido_en, excluded.desempate, excluded.id_mensaje, excluded.linea) THEN true
        ELSE academico.alcanzado()
    END
),
{tocado}
asiento AS (
    INSERT INTO core.destinos AS d (lote, por_lote, entidad, destino, eventos)
    SELECT j.origen, p_lote, '{entidad}', j.destino, count(*)
    FROM juzgado AS j
    GROUP BY j.origen, j.destino
    RETURNING d.destino, d.eventos
)
SELECT array_agg(s.destino), array_agg(s.eventos) INTO v_destinos, v_eventos
FROM (SELECT a.destino, sum(a.eventos)::bigint AS eventos FROM asiento AS a GROUP BY a.destino) AS s;
EXIT;
EXCEPTION WHEN SQLSTATE 'AC001' THEN
    NULL;
END;
END LOOP;
PERFORM set_config('academico.lote', '', true);
RETURN QUERY SELECT * FROM unnest(v_destinos, v_eventos);
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
        v_sql := replace(v_sql, '{campos}', (
            SELECT string_agg('j.' || attname, ', ' ORDER BY attnum)
            FROM pg_attribute WHERE attrelid = r.stg::regclass AND attnum > 7));
        v_sql := replace(v_sql, '{llave_t}', regexp_replace(r.llave, '(\w+)', 't.\1', 'g'));
        FOREACH v_campo IN ARRAY ARRAY['entidad', 'plural', 'stg', 'llave', 'conflicto', 'columnas',
                                       'valores', 'padres', 'falta', 'id_padre', 'extra', 'previo', 'antes']
        LOOP
            v_sql := replace(v_sql, '{' || v_campo || '}', to_jsonb(r) ->> v_campo);
        END LOOP;
        EXECUTE v_sql;
    END LOOP;
END
$migration$;
