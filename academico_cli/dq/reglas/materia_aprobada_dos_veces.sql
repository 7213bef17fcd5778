-- id: materia_aprobada_dos_veces
-- entidad: calificacion
-- tabla: academico.calificaciones
-- severidad: error
-- titulo: Materia aprobada dos veces: más créditos ganados que posibles
-- significa: El alumno aprobó la misma materia en dos o más grupos, y sus créditos cuentan otras
--   tantas veces.
-- importa: Gana más créditos de los que la materia da: puede parecer que ya completó el plan.
-- remedio: Revise el historial: suele ser un examen para subir calificación o una equivalencia.
--   Deje una sola calificación aprobatoria.
-- columnas: id_alumno, id_materia, veces
-- llave: id_alumno, id_materia
-- padre: id_materia
SELECT c.id_alumno, g.id_materia, count(*) AS veces
FROM academico.calificaciones AS c
INNER JOIN academico.grupos AS g ON g.id = c.id_grupo AND g.periodo = c.periodo
WHERE c.calificacion >= (SELECT valor FROM core.parametros WHERE nombre = 'calificacion_aprobatoria')
GROUP BY c.id_alumno, g.id_materia
HAVING count(*) > 1
