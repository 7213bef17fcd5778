-- One file each. Ages are bands of five years and dates are months. Rows about people are not in the
-- order of their ids, which would undo the pseudonyms.

-- name: alumnos
SELECT
    id AS id_alumno,
    nombre AS nombre_alumno,
    CASE
        WHEN edad IS NULL THEN NULL
        WHEN edad < 15 THEN '0-14'
        WHEN edad >= 40 THEN '40+'
        ELSE format('%s-%s', edad / 5 * 5, edad / 5 * 5 + 4)
    END AS edad,
    genero
FROM academico.alumnos
ORDER BY random()

-- name: maestros
SELECT id AS id_maestro, nombre AS nombre_maestro, especialidad FROM academico.maestros
ORDER BY random()

-- name: materias
SELECT id AS id_materia, nombre, creditos FROM academico.materias ORDER BY id

-- name: grupos
SELECT id AS id_grupo, id_materia, id_maestro, periodo, to_char(fecha_inicio, 'YYYY-MM') AS fecha_inicio
FROM academico.grupos
ORDER BY id

-- name: inscripciones
SELECT id_alumno, id_grupo, periodo, estado, to_char(fecha_inscripcion, 'YYYY-MM') AS fecha_inscripcion
FROM academico.inscripciones
ORDER BY id_grupo, random()

-- name: calificaciones
SELECT id_alumno, id_grupo, periodo, calificacion, to_char(fecha_registro, 'YYYY-MM') AS fecha_registro
FROM academico.calificaciones
ORDER BY id_grupo, random()

-- name: evaluaciones
SELECT id_alumno, id_grupo, evaluacion, calificacion, peso, to_char(fecha, 'YYYY-MM') AS fecha
FROM academico.evaluaciones
ORDER BY id_grupo, random()
