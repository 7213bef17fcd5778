-- id: evaluaciones_pesan_de_menos
-- entidad: grupo
-- tabla: academico.grupos
-- severidad: warn
-- titulo: Los pesos de las evaluaciones no llegan a 1
-- significa: El grupo ya tiene calificaciones finales, pero los pesos de todas sus evaluaciones
--   juntas no llegan a 1.
-- importa: Falta por llegar una evaluación entera, o un peso está mal.
-- remedio: Pida al maestro la forma de evaluar del grupo y envíe la evaluación que falta o los
--   pesos correctos.
-- columnas: id_grupo, suma
-- llave: id_grupo
SELECT n.id_grupo, n.suma
FROM (
    SELECT id_grupo, sum(peso) AS suma
    FROM (
        SELECT id_grupo, evaluacion, max(peso) AS peso, count(*) AS alumnos
        FROM academico.evaluaciones
        GROUP BY id_grupo, evaluacion
    ) AS e
    GROUP BY id_grupo
    -- In a small group everybody may have missed the same evaluation.
    HAVING bool_and(peso IS NOT NULL) AND max(alumnos) >= 10 AND sum(peso) < 0.99
) AS n
WHERE EXISTS (SELECT FROM academico.calificaciones AS c WHERE c.id_grupo = n.id_grupo)
