-- Every materia, over all periodos; those without grades have no promedio.
CREATE MATERIALIZED VIEW marts.kpi_materia AS
SELECT
    m.id                                                                AS id_materia,
    m.nombre,
    marts.promedio(sum(b.suma), sum(b.calificaciones)::bigint)          AS promedio,
    marts.tasa(sum(b.aprobados)::bigint, sum(b.calificaciones)::bigint) AS tasa_aprob,
    coalesce(sum(b.calificaciones), 0)::bigint                          AS calificaciones,
    coalesce(sum(b.aprobados), 0)::bigint                               AS aprobados,
    coalesce(sum(b.calificaciones - b.aprobados), 0)::bigint            AS reprobados,
    coalesce(sum(b.inscritos), 0)::bigint                               AS inscritos,
    coalesce(sum(b.bajas), 0)::bigint                                   AS bajas,
    marts.tasa(sum(b.bajas)::bigint, sum(b.inscritos + b.bajas)::bigint) AS tasa_baja,
    coalesce(sum(b.grupos), 0)::bigint                                  AS grupos
FROM academico.materias AS m
LEFT JOIN marts.base_materias AS b ON b.id_materia = m.id
GROUP BY m.id, m.nombre;
-- The view is made by this very file: nobody waits. squawk knows that of tables only.
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX kpi_materia_id ON marts.kpi_materia (id_materia);

COMMENT ON MATERIALIZED VIEW marts.kpi_materia IS 'Resultados de cada materia en todos los periodos.';
COMMENT ON COLUMN marts.kpi_materia.promedio IS 'Media de las calificaciones finales, 0 a 10, dos decimales.';
COMMENT ON COLUMN marts.kpi_materia.tasa_aprob IS
    'Fracción, 0 a 1, de las calificaciones finales que alcanzan core.parametros.calificacion_aprobatoria.';
COMMENT ON COLUMN marts.kpi_materia.inscritos IS 'Inscripciones vigentes (estado inscrito).';
COMMENT ON COLUMN marts.kpi_materia.tasa_baja IS 'Fracción, 0 a 1, de las inscripciones que son baja.';
