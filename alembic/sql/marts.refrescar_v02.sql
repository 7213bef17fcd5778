-- Refreshing, cheaper than in v01, with the same results: what a refresh compares is restricted to the
-- periodos that it recomputes, a single periodo is summed by two processors, and all of them are summed
-- from the primary key of calificaciones, which includes the grade.

-- Recomputes base_grupos in some periodos. Grades and enrolments are each summed to one row a grupo
-- before they meet, so neither multiplies the other; what did not change is not written.
CREATE OR REPLACE FUNCTION marts.refrescar_grupos(p_periodos text[], p_aprobatoria numeric) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    -- CREATE TABLE AS and not INSERT: only the former may read with parallel workers.
    EXECUTE 'CREATE TEMP TABLE mart_notas ON COMMIT DROP AS ' || marts.por_periodo(
        format('SELECT id_grupo, count(*) AS n, sum(calificacion) AS suma, '
               'count(*) FILTER (WHERE calificacion >= %L::numeric) AS aprobados '
               'FROM {particion} GROUP BY id_grupo', p_aprobatoria),
        'calificaciones', p_periodos);
    EXECUTE 'CREATE TEMP TABLE mart_inscritos ON COMMIT DROP AS ' || marts.por_periodo(
        'SELECT id_grupo, count(*) AS n, sum((estado = ''baja'')::integer) AS bajas '
        'FROM {particion} GROUP BY id_grupo',
        'inscripciones', p_periodos);

    DELETE FROM marts.base_grupos AS b
    WHERE b.periodo = ANY (p_periodos)
        AND NOT EXISTS (
            SELECT FROM academico.grupos AS g
            WHERE g.id = b.id_grupo AND g.periodo = b.periodo AND g.periodo = ANY (p_periodos)
        );
    INSERT INTO marts.base_grupos AS b
    SELECT n.*
    FROM (
        SELECT
            g.id AS id_grupo, g.periodo, g.id_materia, g.id_maestro,
            coalesce(i.n - i.bajas, 0) AS inscritos, coalesce(i.bajas, 0) AS bajas,
            coalesce(c.n, 0) AS calificaciones, coalesce(c.aprobados, 0) AS aprobados,
            coalesce(c.suma, 0) AS suma
        FROM academico.grupos AS g
        LEFT JOIN mart_notas AS c ON c.id_grupo = g.id
        LEFT JOIN mart_inscritos AS i ON i.id_grupo = g.id
        WHERE g.periodo = ANY (p_periodos)
    ) AS n
    LEFT JOIN marts.base_grupos AS s
        ON s.id_grupo = n.id_grupo AND s.periodo = ANY (p_periodos)
    WHERE ROW(n.*) IS DISTINCT FROM ROW(s.*)
    ON CONFLICT (id_grupo) DO UPDATE SET
        periodo = excluded.periodo, id_materia = excluded.id_materia,
        id_maestro = excluded.id_maestro, inscritos = excluded.inscritos, bajas = excluded.bajas,
        calificaciones = excluded.calificaciones, aprobados = excluded.aprobados,
        suma = excluded.suma;
    DROP TABLE mart_notas, mart_inscritos;
END
$$;

CREATE OR REPLACE FUNCTION marts.refrescar_riesgo(p_periodos text[], p_umbral numeric) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_suma  text;
    v_mitad bigint;
BEGIN
    -- Hundredths in a bigint: grades have two decimals, so nothing is lost, and with a hash entry
    -- for each alumno the state of a sum of numerics would be most of the cost. The threshold is
    -- written as an integer when it is one, so that the comparison is one of integers too.
    v_suma := format(
        'SELECT {periodo}::text AS periodo, id_alumno, count(*) AS calificaciones, '
        'round(sum((calificacion * 100)::integer) / (100.0 * count(*)), 2)::numeric(4, 2) '
        'AS promedio FROM {particion} WHERE {cuales} GROUP BY id_alumno '
        'HAVING sum((calificacion * 100)::integer) < %s * count(*)',
        trim_scale(100 * p_umbral));
    IF cardinality(p_periodos) = 1 THEN
        -- Two halves, so that two processors share what else is one partition for one of them.
        SELECT (min(c.id_alumno) + max(c.id_alumno)) / 2 INTO v_mitad
        FROM academico.calificaciones AS c WHERE c.periodo = p_periodos[1];
        v_suma := concat(
            replace(v_suma, '{cuales}', format('id_alumno <= %s', coalesce(v_mitad, 0))),
            ' UNION ALL ',
            replace(v_suma, '{cuales}', format('id_alumno > %s', coalesce(v_mitad, 0))));
    END IF;
    EXECUTE 'CREATE TEMP TABLE mart_riesgo ON COMMIT DROP AS '
        || marts.por_periodo(replace(v_suma, '{cuales}', 'true'), 'calificaciones', p_periodos);

    DELETE FROM marts.base_riesgo AS b
    WHERE b.periodo = ANY (p_periodos) AND NOT EXISTS (
        SELECT FROM mart_riesgo AS r WHERE r.periodo = b.periodo AND r.id_alumno = b.id_alumno
    );
    INSERT INTO marts.base_riesgo AS b
    SELECT r.*
    FROM mart_riesgo AS r
    LEFT JOIN marts.base_riesgo AS s
        ON s.periodo = r.periodo AND s.id_alumno = r.id_alumno AND s.periodo = ANY (p_periodos)
    WHERE ROW(r.*) IS DISTINCT FROM ROW(s.*)
    ON CONFLICT (periodo, id_alumno) DO UPDATE SET
        calificaciones = excluded.calificaciones, promedio = excluded.promedio;
    DROP TABLE mart_riesgo;
END
$$;

-- The periodos to recompute: those that a merge has touched, those of a grupo before and after it
-- was moved included; all when that is asked for or a parameter has changed.
CREATE OR REPLACE FUNCTION marts.tomar_periodos(p_todo boolean) RETURNS text[]
LANGUAGE plpgsql
AS $$
DECLARE
    v_tocados text[];
    v_todo    boolean;
BEGIN
    WITH tomado AS (DELETE FROM core.lotes_periodos RETURNING periodo)
    SELECT array_agg(DISTINCT t.periodo) INTO v_tocados FROM tomado AS t;

    v_todo := p_todo OR NOT EXISTS (SELECT FROM marts.refrescos) OR EXISTS (
        SELECT FROM core.parametros AS p
        INNER JOIN marts.parametros AS s ON s.nombre = p.nombre
        WHERE s.valor <> p.valor AND p.nombre <> 'ranking_evaluaciones_minimas'
    );
    RETURN (
        SELECT coalesce(array_agg(DISTINCT x.periodo), '{}')
        FROM (
            SELECT unnest(v_tocados) AS periodo
            UNION ALL
            SELECT p.id FROM academico.periodos AS p WHERE v_todo
            UNION ALL
            SELECT b.periodo FROM marts.base_grupos AS b WHERE v_todo
            UNION ALL
            SELECT r.periodo FROM marts.base_riesgo AS r WHERE v_todo
        ) AS x
        WHERE x.periodo IS NOT NULL
    );
END
$$;

-- Brings the marts up to date, one refresh at a time. Readers see the marts of before until the
-- commit. Returns what marts.refrescos says afterwards.
CREATE OR REPLACE FUNCTION marts.refrescar(p_todo boolean DEFAULT false) RETURNS SETOF marts.refrescos
LANGUAGE plpgsql
SET work_mem = '64MB'
SET jit = off
SET random_page_cost = 4
AS $$
DECLARE
    v_hora        timestamptz;
    v_grupos      interval;
    v_materias    interval;
    v_maestros    interval;
    v_riesgo      interval;
    v_periodos    text[];
    v_aprobatoria numeric;
    v_umbral      numeric;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('academico.marts'));
    v_periodos := marts.tomar_periodos(p_todo);
    INSERT INTO marts.parametros AS s
    SELECT p.nombre, p.valor FROM core.parametros AS p
    WHERE p.nombre IN ('calificacion_aprobatoria', 'riesgo_promedio', 'ranking_evaluaciones_minimas')
    ON CONFLICT (nombre) DO UPDATE SET valor = excluded.valor;
    SELECT s.valor INTO STRICT v_aprobatoria FROM marts.parametros AS s
    WHERE s.nombre = 'calificacion_aprobatoria';
    SELECT s.valor INTO STRICT v_umbral FROM marts.parametros AS s
    WHERE s.nombre = 'riesgo_promedio';

    v_hora := clock_timestamp();
    IF v_periodos <> '{}' THEN
        PERFORM marts.refrescar_grupos(v_periodos, v_aprobatoria);
    END IF;
    v_grupos := clock_timestamp() - v_hora;
    v_hora := clock_timestamp();
    PERFORM marts.refrescar_materias(v_periodos);
    v_materias := clock_timestamp() - v_hora;
    v_hora := clock_timestamp();
    PERFORM marts.refrescar_maestros(v_periodos);
    v_maestros := clock_timestamp() - v_hora;
    v_hora := clock_timestamp();
    IF v_periodos <> '{}' THEN
        -- A recomputation of everything reads the grades in the order of the alumnos from the primary
        -- key alone where the planner knows that most pages are visible to all, which halves its cost.
        -- Periodos that have just changed are not: theirs is summed from the table.
        IF p_todo THEN
            PERFORM set_config('random_page_cost', '1.1', true);
        END IF;
        PERFORM marts.refrescar_riesgo(v_periodos, v_umbral);
    END IF;
    v_riesgo := clock_timestamp() - v_hora;

    INSERT INTO marts.refrescos AS r
    SELECT m.mart, now(), m.filas, cardinality(v_periodos), m.duracion
    FROM (VALUES
        ('alumnos_en_riesgo', (SELECT count(*) FROM marts.base_riesgo), v_riesgo),
        ('kpi_grupo', (SELECT count(*) FROM marts.base_grupos), v_grupos),
        ('kpi_materia', (SELECT count(*) FROM marts.kpi_materia), v_materias),
        ('materia_periodo_stats', (SELECT count(*) FROM marts.base_materias), v_materias),
        ('ranking_maestros', (SELECT count(*) FROM marts.ranking_maestros), v_maestros)
    ) AS m (mart, filas, duracion)
    ON CONFLICT (mart) DO UPDATE SET
        refrescado_en = excluded.refrescado_en, filas = excluded.filas,
        periodos = excluded.periodos, duracion = excluded.duracion;
    RETURN QUERY SELECT r.* FROM marts.refrescos AS r ORDER BY r.mart;
END
$$;
