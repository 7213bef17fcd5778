-- Moves parked events back into the staging tables of a lote, and says which entidades they are of.
CREATE FUNCTION stg.retomar(p_lote bigint, p_ids bigint[]) RETURNS SETOF text
LANGUAGE sql AS $$
WITH tomado AS (
    DELETE FROM stg.pendientes WHERE id = ANY (p_ids)
    RETURNING lote, entidad, evento || jsonb_build_object('lote', p_lote) AS evento
),
asiento AS (
    INSERT INTO core.destinos (lote, por_lote, entidad, destino, eventos)
    SELECT lote, p_lote, entidad, 'pendiente', -count(*) FROM tomado GROUP BY lote, entidad
),
grupo AS (
    INSERT INTO stg.grupos_upsert
    SELECT r.* FROM tomado CROSS JOIN LATERAL jsonb_populate_record(NULL::stg.grupos_upsert, evento) AS r
    WHERE entidad = 'grupo'
),
inscripcion AS (
    INSERT INTO stg.inscripciones_event
    SELECT r.* FROM tomado CROSS JOIN LATERAL jsonb_populate_record(NULL::stg.inscripciones_event, evento) AS r
    WHERE entidad = 'inscripcion'
),
calificacion AS (
    INSERT INTO stg.calificaciones_event
    SELECT r.* FROM tomado CROSS JOIN LATERAL jsonb_populate_record(NULL::stg.calificaciones_event, evento) AS r
    WHERE entidad = 'calificacion'
),
evaluacion AS (
    INSERT INTO stg.evaluaciones_event
    SELECT r.* FROM tomado CROSS JOIN LATERAL jsonb_populate_record(NULL::stg.evaluaciones_event, evento) AS r
    WHERE entidad = 'evaluacion'
)
SELECT DISTINCT entidad FROM tomado
$$;

-- Takes up the parked events whose parent is staged in this lote: first the groups, whose own
-- children may then be taken up too. What another worker holds is left to it.
CREATE FUNCTION stg.retomar_hijos(p_lote bigint) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM stg.pendientes) THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT stg.retomar(p_lote, ARRAY(
        SELECT p.id FROM stg.pendientes AS p
        WHERE (p.padre = 'materia' AND p.id_padre IN (SELECT m.id_materia FROM stg.materias_upsert AS m WHERE m.lote = p_lote))
           OR (p.padre = 'maestro' AND p.id_padre IN (SELECT d.id_maestro FROM stg.maestros_upsert AS d WHERE d.lote = p_lote))
        FOR UPDATE SKIP LOCKED));
    RETURN QUERY SELECT stg.retomar(p_lote, ARRAY(
        SELECT p.id FROM stg.pendientes AS p
        WHERE (p.padre, p.id_padre) IN (
            SELECT 'grupo', g.id_grupo FROM stg.grupos_upsert AS g WHERE g.lote = p_lote
            UNION ALL
            SELECT 'alumno', a.id_alumno FROM stg.alumnos_upsert AS a WHERE a.lote = p_lote)
        FOR UPDATE SKIP LOCKED));
END
$$;

-- Takes up at most p_limite parked events whose parent is in academico by now: a parent and its
-- child that two workers handled at the same moment did not see each other.
CREATE FUNCTION stg.retomar_rezagados(p_lote bigint, p_limite integer) RETURNS SETOF text
LANGUAGE sql AS $$
SELECT stg.retomar(p_lote, ARRAY(
    SELECT p.id FROM stg.pendientes AS p
    WHERE CASE p.padre
        WHEN 'materia' THEN EXISTS (SELECT FROM academico.materias AS x WHERE x.id = p.id_padre)
        WHEN 'maestro' THEN EXISTS (SELECT FROM academico.maestros AS x WHERE x.id = p.id_padre)
        WHEN 'grupo' THEN EXISTS (SELECT FROM academico.grupos AS x WHERE x.id = p.id_padre)
        WHEN 'alumno' THEN EXISTS (SELECT FROM academico.alumnos AS x WHERE x.id = p.id_padre)
    END
    LIMIT p_limite
    FOR UPDATE SKIP LOCKED))
$$;
