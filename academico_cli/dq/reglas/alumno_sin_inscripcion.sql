-- id: alumno_sin_inscripcion
-- entidad: alumno
-- tabla: academico.alumnos
-- severidad: warn
-- titulo: Alumnos que nunca se inscribieron
-- significa: Más de uno de cada diez alumnos no aparece en ningún grupo.
-- importa: O faltan inscripciones por enviar, o el padrón guarda personas que nunca estudiaron
--   aquí.
-- remedio: Compare con el padrón de control escolar: envíe las inscripciones que falten, o pida
--   depurar el padrón.
-- umbral: 10%
-- columnas: id_alumno
SELECT a.id AS id_alumno, a.lote, a.id_mensaje
FROM academico.alumnos AS a
WHERE NOT EXISTS (SELECT FROM academico.inscripciones AS i WHERE i.id_alumno = a.id)
