-- id: evaluaciones_pesan_de_mas
-- entidad: evaluacion
-- tabla: academico.evaluaciones
-- severidad: error
-- titulo: Los pesos de las evaluaciones suman más de 1
-- significa: Las evaluaciones del alumno en el grupo pesan juntas más que la calificación completa.
-- importa: La calificación final no puede ser su suma: algún peso está mal, o una evaluación está
--   de más.
-- remedio: Pida al maestro la forma de evaluar del grupo y reenvíe las evaluaciones con los pesos
--   correctos.
-- columnas: id_alumno, id_grupo, suma
-- llave: id_alumno, id_grupo
-- padre: id_grupo
-- total: SELECT count(*) FROM academico.calificaciones
SELECT id_alumno, id_grupo, sum(peso) AS suma
FROM academico.evaluaciones
GROUP BY id_alumno, id_grupo
HAVING sum(peso) > 1.001
