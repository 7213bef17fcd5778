-- id: carga_implausible
-- entidad: inscripcion
-- tabla: academico.inscripciones
-- severidad: warn
-- titulo: Carga de créditos imposible en un periodo
-- significa: El alumno está inscrito en un periodo a más de 15 materias o a más de 80 créditos.
-- importa: Nadie cursa tanto: son inscripciones de otro alumno, o cambios de grupo sin su baja.
-- remedio: Revise su carga autorizada y envíe con estado baja las inscripciones que no sean suyas.
-- columnas: id_alumno, periodo, materias, creditos
-- llave: id_alumno, periodo
-- padre: periodo
SELECT i.id_alumno, i.periodo, count(*) AS materias, sum(m.creditos) AS creditos
FROM academico.inscripciones AS i
INNER JOIN academico.grupos AS g ON g.id = i.id_grupo AND g.periodo = i.periodo
INNER JOIN academico.materias AS m ON m.id = g.id_materia
WHERE i.estado = 'inscrito'
GROUP BY i.id_alumno, i.periodo
HAVING count(*) > 15 OR sum(m.creditos) > 80
