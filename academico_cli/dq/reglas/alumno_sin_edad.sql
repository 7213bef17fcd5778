-- id: alumno_sin_edad
-- entidad: alumno
-- tabla: academico.alumnos
-- severidad: warn
-- titulo: Alumno sin edad
-- significa: La edad del alumno no se conoce.
-- importa: Cuando se analiza por edad o se buscan alumnos repetidos: quien no la tiene queda fuera.
-- remedio: Pida la edad a control escolar y envíe de nuevo el evento alumno, completo.
-- umbral: 10%
-- columnas: id_alumno
SELECT id AS id_alumno, lote, id_mensaje
FROM academico.alumnos
WHERE edad IS NULL
