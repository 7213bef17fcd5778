-- Alumnos whose mean in a periodo is below core.parametros.riesgo_promedio; the mean is compared
-- before it is rounded, so one of 5.999 is here and shows 6.00.
CREATE VIEW marts.alumnos_en_riesgo AS
SELECT b.periodo, b.id_alumno, a.nombre, b.promedio, b.calificaciones
FROM marts.base_riesgo AS b
INNER JOIN academico.alumnos AS a ON a.id = b.id_alumno;

COMMENT ON VIEW marts.alumnos_en_riesgo IS
    'Alumnos cuyo promedio en el periodo es menor que core.parametros.riesgo_promedio (antes de redondear).';
