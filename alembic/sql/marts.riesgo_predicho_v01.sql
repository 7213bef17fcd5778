-- What the model in use says.
CREATE VIEW marts.riesgo_predicho AS
SELECT
    p.periodo, p.id_alumno, a.nombre, p.probabilidad, p.banda, p.seleccionado, p.razones,
    p.modelo, p.corte, p.calculada_en
FROM ml.predicciones AS p
INNER JOIN ml.modelos AS m ON m.id = p.modelo AND m.estado = 'en_uso'
INNER JOIN academico.alumnos AS a ON a.id = p.id_alumno;

COMMENT ON VIEW marts.riesgo_predicho IS 'Lo que el modelo en uso dice de cada alumno de cada periodo.';
COMMENT ON COLUMN marts.riesgo_predicho.periodo IS 'Periodo.';
COMMENT ON COLUMN marts.riesgo_predicho.id_alumno IS 'Alumno.';
COMMENT ON COLUMN marts.riesgo_predicho.nombre IS 'Nombre del alumno.';
COMMENT ON COLUMN marts.riesgo_predicho.probabilidad IS
    'Probabilidad de estar en riesgo; nula cuando el modelo se abstiene.';
COMMENT ON COLUMN marts.riesgo_predicho.banda IS 'alto, medio, bajo o sin_informacion.';
COMMENT ON COLUMN marts.riesgo_predicho.seleccionado IS 'Si está entre los que un tutor alcanza a atender.';
COMMENT ON COLUMN marts.riesgo_predicho.razones IS 'Lo que más sube su riesgo, en palabras.';
COMMENT ON COLUMN marts.riesgo_predicho.modelo IS 'Modelo que lo dice.';
COMMENT ON COLUMN marts.riesgo_predicho.corte IS 'Fecha de corte: lo de ese día o después no se conocía.';
COMMENT ON COLUMN marts.riesgo_predicho.calculada_en IS 'Cuándo se calculó.';
