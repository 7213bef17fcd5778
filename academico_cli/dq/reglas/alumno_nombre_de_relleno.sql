-- id: alumno_nombre_de_relleno
-- entidad: alumno
-- tabla: academico.alumnos
-- severidad: warn
-- titulo: Nombre de relleno o de prueba
-- significa: En lugar de un nombre hay una palabra como prueba, test, null o sin nombre, o solo
--   signos.
-- importa: Es un registro de prueba que llegó a producción, o un alumno cuyo nombre se perdió.
-- remedio: Si es una prueba, pida retirarla en el sistema de origen; si es un alumno, envíe de
--   nuevo el evento con su nombre.
-- columnas: id_alumno
SELECT id AS id_alumno, lote, id_mensaje
FROM academico.alumnos
WHERE nombre ~* '^\s*(test|prueba|alumno de prueba|demo|dummy|asdf+|x{2,}|n/?a|null|none|nan|undefined|sin nombre|desconocido)\s*[0-9]*\s*$'
    OR nombre !~ '[[:alpha:]]'
