-- id: evaluacion_con_dos_pesos
-- entidad: evaluacion
-- tabla: academico.evaluaciones
-- severidad: warn
-- titulo: Una evaluación con dos pesos en el mismo grupo
-- significa: La misma evaluación del grupo pesa distinto para unos alumnos que para otros.
-- importa: A igual trabajo, distinta calificación: los alumnos pueden reclamar.
-- remedio: Pida al maestro el peso acordado y reenvíe la evaluación de los alumnos que tengan otro.
-- columnas: id_grupo, evaluacion, menor, mayor
-- llave: id_grupo, evaluacion
-- padre: id_grupo
SELECT id_grupo, evaluacion, min(peso) AS menor, max(peso) AS mayor
FROM academico.evaluaciones
GROUP BY id_grupo, evaluacion
HAVING min(peso) <> max(peso)
