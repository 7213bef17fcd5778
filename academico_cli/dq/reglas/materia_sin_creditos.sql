-- id: materia_sin_creditos
-- entidad: materia
-- tabla: academico.materias
-- severidad: warn
-- titulo: Materias sin créditos
-- significa: Más de una de cada veinte materias no dice cuántos créditos vale.
-- importa: El avance de un alumno se cuenta en créditos: aprobar esta materia no le suma nada.
-- remedio: Busque los créditos en el plan de estudios y envíe de nuevo el evento materia.
-- umbral: 5%
-- columnas: id_materia
SELECT id AS id_materia, lote, id_mensaje
FROM academico.materias
WHERE creditos IS NULL
