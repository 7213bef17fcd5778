-- id: grupo_calificaciones_identicas
-- entidad: grupo
-- tabla: academico.grupos
-- severidad: warn
-- titulo: Todo el grupo con la misma calificación
-- significa: Al menos diez alumnos del grupo tienen calificación final, y es la misma para todos.
-- importa: Suele ser un valor por defecto que se envió antes de capturar el acta.
-- remedio: Confirme el acta con el maestro y envíe las calificaciones verdaderas.
-- columnas: id_grupo, calificacion, alumnos
-- llave: id_grupo
SELECT id_grupo, min(calificacion) AS calificacion, count(*) AS alumnos
FROM academico.calificaciones
GROUP BY id_grupo
HAVING count(*) >= 10 AND min(calificacion) = max(calificacion)
