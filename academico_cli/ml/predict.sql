-- name: latest_periodo
SELECT p.id FROM academico.periodos AS p
WHERE EXISTS (SELECT FROM academico.inscripciones AS i WHERE i.periodo = p.id)
ORDER BY p.id COLLATE "C" DESC
LIMIT 1

-- name: forget
DELETE FROM ml.predicciones WHERE modelo = %(modelo)s AND periodo = %(periodo)s

-- name: copy
COPY ml.predicciones (
    id_alumno, periodo, modelo, corte, probabilidad, banda, seleccionado, informacion, razones,
    calculada_en
) FROM STDIN

-- name: used
UPDATE ml.modelos SET predicho_en = clock_timestamp() WHERE id = %(modelo)s
