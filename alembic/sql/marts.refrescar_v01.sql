-- Refreshing. One transaction brings all marts to one moment, so they never disagree.
--
-- What changed is in core.lotes_periodos. A refresh takes those rows away: lote numbers are given
-- before the commit, so "greater than the last one seen" would miss a lote that commits late. What
-- commits after the snapshot leaves its rows for the next refresh.

-- Recomputes base_grupos in some periodos; returns nothing that a join could multiply: grades and
-- enrolments are each summed to one row a grupo before they meet.
CREATE FUNCTION marts.refrescar_grupos(p_periodos text[], p_aprobatoria numeric) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.mart_notas, pg_temp.mart_inscritos;
    -- CREATE TABLE AS and not INSERT: only the former may read with parallel workers.
    CREATE TEMP TABLE mart_notas ON COMMIT DROP AS
    SELECT
        c.periodo, c.id_grupo, count(*) AS n, sum(c.calificacion) AS suma,
        count(*) FILTER (WHERE c.calificacion >= p_aprobatoria) AS aprobados
    FROM academico.calificaciones AS c
    WHERE c.periodo = ANY (p_periodos)
    GROUP BY c.periodo, c.id_grupo;

    CREATE TEMP TABLE mart_inscritos ON COMMIT DROP AS
    SELECT i.periodo, i.id_grupo, count(*) AS n, sum((i.estado = 'baja')::integer) AS bajas
    FROM academico.inscripciones AS i
    WHERE i.periodo = ANY (p_periodos)
    GROUP BY i.periodo, i.id_grupo;

    DELETE FROM marts.base_grupos AS b
    WHERE NOT EXISTS (SELECT FROM academico.grupos AS g WHERE g.id = b.id_grupo);

    INSERT INTO marts.base_grupos AS b
    SELECT
        g.id, g.periodo, g.id_materia, g.id_maestro,
        coalesce(i.n - i.bajas, 0), coalesce(i.bajas, 0),
        coalesce(c.n, 0), coalesce(c.aprobados, 0), coalesce(c.suma, 0)
    FROM academico.grupos AS g
    LEFT JOIN mart_notas AS c ON c.id_grupo = g.id
    LEFT JOIN mart_inscritos AS i ON i.id_grupo = g.id
    WHERE g.periodo = ANY (p_periodos)
    EXCEPT
    SELECT s.* FROM marts.base_grupos AS s WHERE s.periodo = ANY (p_periodos)
    ON CONFLICT (id_grupo) DO UPDATE SET
        periodo = excluded.periodo, id_materia = excluded.id_materia,
        id_maestro = excluded.id_maestro, inscritos = excluded.inscritos, bajas = excluded.bajas,
        calificaciones = excluded.calificaciones, aprobados = excluded.aprobados,
        suma = excluded.suma;
END
$$;

-- Sums base_grupos by materia and by maestro.
CREATE FUNCTION marts.refrescar_materias(p_periodos text[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM marts.base_materias AS b WHERE b.periodo = ANY (p_periodos);
    INSERT INTO marts.base_materias
    SELECT
        g.periodo, g.id_materia, count(*), sum(g.inscritos), sum(g.bajas), sum(g.calificaciones),
        sum(g.aprobados), sum(g.suma)
    FROM marts.base_grupos AS g
    WHERE g.periodo = ANY (p_periodos)
    GROUP BY g.periodo, g.id_materia;
    REFRESH MATERIALIZED VIEW CONCURRENTLY marts.kpi_materia;
END
$$;

CREATE FUNCTION marts.refrescar_maestros(p_periodos text[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM marts.base_maestros AS b WHERE b.periodo = ANY (p_periodos);
    INSERT INTO marts.base_maestros
    SELECT
        g.periodo, g.id_maestro, count(*), sum(g.inscritos), sum(g.bajas), sum(g.calificaciones),
        sum(g.aprobados), sum(g.suma)
    FROM marts.base_grupos AS g
    WHERE g.periodo = ANY (p_periodos) AND g.id_maestro IS NOT NULL
    GROUP BY g.periodo, g.id_maestro;
END
$$;

CREATE FUNCTION marts.refrescar_riesgo(p_periodos text[], p_umbral numeric) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.mart_riesgo;
    -- Hundredths in a bigint: with a hash entry for each alumno, a numeric's state costs half of
    -- the whole refresh. Grades have two decimals, so nothing is lost.
    CREATE TEMP TABLE mart_riesgo ON COMMIT DROP AS
    SELECT
        c.periodo, c.id_alumno, count(*) AS n,
        round(sum((c.calificacion * 100)::integer) / (100.0 * count(*)), 2)::numeric(4, 2) AS promedio
    FROM academico.calificaciones AS c
    WHERE c.periodo = ANY (p_periodos)
    GROUP BY c.periodo, c.id_alumno
    HAVING sum((c.calificacion * 100)::integer) < 100 * p_umbral * count(*);

    DELETE FROM marts.base_riesgo AS b
    WHERE b.periodo = ANY (p_periodos) AND NOT EXISTS (
        SELECT FROM mart_riesgo AS r WHERE r.periodo = b.periodo AND r.id_alumno = b.id_alumno
    );
    INSERT INTO marts.base_riesgo AS b
    SELECT r.periodo, r.id_alumno, r.n, r.promedio FROM mart_riesgo AS r
    EXCEPT
    SELECT s.* FROM marts.base_riesgo AS s WHERE s.periodo = ANY (p_periodos)
    ON CONFLICT (id_alumno, periodo) DO UPDATE SET
        calificaciones = excluded.calificaciones, promedio = excluded.promedio;
END
$$;

-- The periodos to recompute. Also those of a grupo that is not as it was: grupos are few, so they
-- are compared rather than trusted. NULL parameter values count as changed.
CREATE FUNCTION marts.tomar_periodos(p_todo boolean) RETURNS text[]
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
            SELECT unnest(ARRAY[g.periodo, b.periodo])
            FROM academico.grupos AS g
            FULL JOIN marts.base_grupos AS b ON b.id_grupo = g.id
            WHERE (g.periodo, g.id_materia, g.id_maestro)
                IS DISTINCT FROM (b.periodo, b.id_materia, b.id_maestro)
            UNION ALL
            SELECT p.id FROM academico.periodos AS p WHERE v_todo
            UNION ALL
            SELECT r.periodo FROM marts.base_riesgo AS r WHERE v_todo
        ) AS x
        WHERE x.periodo IS NOT NULL
    );
END
$$;

-- Brings the marts up to date, one refresh at a time. Readers see the marts of before until the
-- commit. Returns what marts.refrescos says afterwards.
CREATE FUNCTION marts.refrescar(p_todo boolean DEFAULT false) RETURNS SETOF marts.refrescos
LANGUAGE plpgsql
SET work_mem = '64MB'
SET jit = off
SET enable_partitionwise_aggregate = on
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
