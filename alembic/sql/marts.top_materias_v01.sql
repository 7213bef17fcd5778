CREATE FUNCTION marts.top_materias(p_periodo text, p_n integer)
RETURNS TABLE (
    periodo text, id_materia bigint, materia text, promedio numeric, tasa_aprob numeric,
    calificaciones bigint
)
LANGUAGE sql STABLE
AS $$
    SELECT s.periodo, s.id_materia, s.materia, s.promedio, s.tasa_aprob, s.calificaciones
    FROM marts.materia_periodo_stats AS s
    WHERE s.periodo = p_periodo AND s.promedio IS NOT NULL
    ORDER BY s.promedio DESC, s.id_materia
    LIMIT p_n
$$;
COMMENT ON FUNCTION marts.top_materias IS 'Las n materias de mayor promedio en un periodo.';
