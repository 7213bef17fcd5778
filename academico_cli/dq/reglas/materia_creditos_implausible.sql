-- id: materia_creditos_implausible
-- entidad: materia
-- tabla: academico.materias
-- severidad: warn
-- titulo: Créditos fuera de lo normal
-- significa: La materia vale más de 30 créditos.
-- importa: Suele ser un total de horas, o un punto decimal perdido; un solo alumno que la apruebe
--   ganaría un semestre entero.
-- remedio: Busque el valor en el plan de estudios y envíe de nuevo el evento materia.
-- columnas: id_materia, creditos
-- llave: id_materia
SELECT id AS id_materia, creditos, lote, id_mensaje
FROM academico.materias
WHERE creditos > 30
