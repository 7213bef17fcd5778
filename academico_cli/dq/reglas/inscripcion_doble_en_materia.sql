-- id: inscripcion_doble_en_materia
-- entidad: inscripcion
-- tabla: academico.inscripciones
-- severidad: error
-- titulo: Alumno en dos grupos de la misma materia
-- significa: El alumno está inscrito a la vez en dos o más grupos de una materia en el mismo
--   periodo.
-- importa: Ocupa dos lugares y se cuenta dos veces entre los inscritos de la materia.
-- remedio: Pregunte en qué grupo cursa y envíe para el otro la inscripcion con estado baja.
-- columnas: id_alumno, id_materia, periodo, grupos
-- llave: id_alumno, id_materia, periodo
-- padre: id_materia
SELECT i.id_alumno, g.id_materia, i.periodo, count(*) AS grupos
FROM academico.inscripciones AS i
INNER JOIN academico.grupos AS g ON g.id = i.id_grupo AND g.periodo = i.periodo
WHERE i.estado = 'inscrito'
GROUP BY i.id_alumno, g.id_materia, i.periodo
HAVING count(*) > 1
