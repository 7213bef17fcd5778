-- name: materias
SELECT id, nombre FROM academico.materias

-- name: none_in_use
SELECT NOT EXISTS (SELECT FROM ml.modelos WHERE estado = 'en_uso')

-- name: forget_drift
DELETE FROM ml.deriva WHERE modelo = %(modelo)s AND periodo = %(periodo)s

-- name: store_drift
INSERT INTO ml.deriva (
    modelo, periodo, caracteristica, psi, ks, categoria, alumnos, calculada_en
) VALUES (
    %(modelo)s, %(periodo)s, %(caracteristica)s, %(psi)s, %(ks)s, %(categoria)s, %(alumnos)s,
    %(calculada_en)s
)

-- name: predicted
SELECT id_alumno, probabilidad FROM ml.predicciones
WHERE modelo = %(modelo)s AND periodo = %(periodo)s AND probabilidad IS NOT NULL

-- name: store_outcome
INSERT INTO ml.seguimiento (
    modelo, periodo, alumnos, esperado, observado, brier, ece, calibrado, calculada_en
) VALUES (
    %(modelo)s, %(periodo)s, %(alumnos)s, %(esperado)s, %(observado)s, %(brier)s, %(ece)s,
    %(calibrado)s, %(calculada_en)s
)
ON CONFLICT (modelo, periodo) DO UPDATE SET
    alumnos = excluded.alumnos, esperado = excluded.esperado, observado = excluded.observado,
    brier = excluded.brier, ece = excluded.ece, calibrado = excluded.calibrado,
    calculada_en = excluded.calculada_en
