-- id: calificacion_distinta_de_sus_evaluaciones
-- entidad: calificacion
-- tabla: academico.calificaciones
-- severidad: error
-- titulo: La calificación final no es la de sus evaluaciones
-- significa: La calificación final difiere en más de una décima de lo que dan las evaluaciones con
--   sus pesos, tanto si lo no presentado se ignora como si vale cero.
-- importa: Es el error que un alumno reclama: o falta una evaluación, o el acta se capturó mal.
-- remedio: Compare el acta con las evaluaciones del alumno y reenvíe lo que esté mal. Redondeos de
--   hasta una décima no son falta.
-- columnas: id_alumno, id_grupo, calificacion, calculada
-- llave: id_alumno, id_grupo
-- padre: id_grupo
SELECT c.id_alumno, c.id_grupo, c.calificacion, round(e.puntos / e.peso, 2) AS calculada, c.lote, c.id_mensaje
FROM (
    SELECT id_alumno, id_grupo, sum(peso) AS peso, sum(calificacion * peso) AS puntos
    FROM academico.evaluaciones
    GROUP BY id_alumno, id_grupo
    HAVING bool_and(peso IS NOT NULL) AND sum(peso) BETWEEN 0.5 AND 1.001
) AS e
INNER JOIN academico.calificaciones AS c USING (id_alumno, id_grupo)
WHERE abs(c.calificacion - e.puntos / e.peso) > 0.1 AND abs(c.calificacion - e.puntos) > 0.1
