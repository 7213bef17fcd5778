-- Every grupo. Names are those of now; the figures those of the last refresh.
CREATE VIEW marts.kpi_grupo AS
SELECT
    b.id_grupo,
    b.periodo,
    m.nombre                                    AS materia,
    d.nombre                                    AS profesor,
    b.inscritos                                 AS alumnos_inscritos,
    marts.promedio(b.suma, b.calificaciones)    AS promedio,
    marts.tasa(b.aprobados, b.calificaciones)   AS tasa_aprob,
    b.calificaciones,
    b.aprobados,
    b.calificaciones - b.aprobados              AS reprobados,
    b.bajas,
    marts.tasa(b.bajas, b.inscritos + b.bajas)  AS tasa_baja,
    b.id_materia,
    b.id_maestro
FROM marts.base_grupos AS b
INNER JOIN academico.materias AS m ON m.id = b.id_materia
LEFT JOIN academico.maestros AS d ON d.id = b.id_maestro;

COMMENT ON VIEW marts.kpi_grupo IS 'Resultados de cada grupo.';
COMMENT ON COLUMN marts.kpi_grupo.alumnos_inscritos IS
    'Inscripciones vigentes (estado inscrito); las bajas se cuentan aparte.';
COMMENT ON COLUMN marts.kpi_grupo.promedio IS
    'Media de todas las calificaciones finales del grupo, 0 a 10, también las de alumnos dados de baja.';
COMMENT ON COLUMN marts.kpi_grupo.tasa_aprob IS
    'Fracción, 0 a 1, de las calificaciones finales que alcanzan core.parametros.calificacion_aprobatoria.';
COMMENT ON COLUMN marts.kpi_grupo.tasa_baja IS 'Fracción, 0 a 1, de las inscripciones que son baja.';
