-- Every materia in every periodo in which it has a grupo.
CREATE VIEW marts.materia_periodo_stats AS
SELECT
    b.periodo,
    b.id_materia,
    m.nombre                                    AS materia,
    marts.promedio(b.suma, b.calificaciones)    AS promedio,
    marts.tasa(b.aprobados, b.calificaciones)   AS tasa_aprob,
    b.calificaciones,
    b.aprobados,
    b.calificaciones - b.aprobados              AS reprobados,
    b.inscritos,
    b.bajas,
    marts.tasa(b.bajas, b.inscritos + b.bajas)  AS tasa_baja,
    b.grupos
FROM marts.base_materias AS b
INNER JOIN academico.materias AS m ON m.id = b.id_materia;

COMMENT ON VIEW marts.materia_periodo_stats IS 'Resultados de cada materia en cada periodo.';
COMMENT ON COLUMN marts.materia_periodo_stats.tasa_aprob IS
    'Fracción, 0 a 1, de las calificaciones finales que alcanzan core.parametros.calificacion_aprobatoria.';
