-- Maestros with enough grades to be compared (core.parametros.ranking_evaluaciones_minimas).
CREATE VIEW marts.ranking_maestros AS
SELECT
    d.id                                                                AS id_maestro,
    d.nombre                                                            AS maestro,
    marts.promedio(b.suma, b.evaluaciones)                              AS promedio,
    b.evaluaciones,
    marts.tasa(b.aprobados, b.evaluaciones)                             AS tasa_aprob,
    b.grupos
FROM (
    SELECT
        s.id_maestro,
        sum(s.suma)                   AS suma,
        sum(s.calificaciones)::bigint AS evaluaciones,
        sum(s.aprobados)::bigint      AS aprobados,
        sum(s.grupos)::bigint         AS grupos
    FROM marts.base_maestros AS s
    GROUP BY s.id_maestro
    HAVING sum(s.calificaciones) >= (
        SELECT p.valor FROM marts.parametros AS p WHERE p.nombre = 'ranking_evaluaciones_minimas'
    )
) AS b
INNER JOIN academico.maestros AS d ON d.id = b.id_maestro;

CREATE VIEW marts.ranking_maestros_periodo AS
SELECT
    b.periodo,
    d.id                                            AS id_maestro,
    d.nombre                                        AS maestro,
    marts.promedio(b.suma, b.calificaciones)        AS promedio,
    b.calificaciones                                AS evaluaciones,
    marts.tasa(b.aprobados, b.calificaciones)       AS tasa_aprob,
    b.grupos
FROM marts.base_maestros AS b
INNER JOIN academico.maestros AS d ON d.id = b.id_maestro
WHERE b.calificaciones >= (
    SELECT p.valor FROM marts.parametros AS p WHERE p.nombre = 'ranking_evaluaciones_minimas'
);

COMMENT ON VIEW marts.ranking_maestros IS
    'Maestros por el promedio de sus grupos, desde core.parametros.ranking_evaluaciones_minimas calificaciones.';
COMMENT ON VIEW marts.ranking_maestros_periodo IS 'Como ranking_maestros, dentro de cada periodo.';
COMMENT ON COLUMN marts.ranking_maestros.evaluaciones IS
    'Calificaciones finales en los grupos del maestro.';
