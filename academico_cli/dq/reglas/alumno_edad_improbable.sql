-- id: alumno_edad_improbable
-- entidad: alumno
-- tabla: academico.alumnos
-- severidad: error
-- titulo: Edad improbable
-- significa: La edad del alumno es menor de 10 años o mayor de 100.
-- importa: Siempre: suele ser un año de nacimiento escrito como edad, o un campo por otro.
-- remedio: Corrija la edad en el sistema de origen y envíe de nuevo el evento alumno.
-- columnas: id_alumno
-- compuerta: si
SELECT id AS id_alumno, lote, id_mensaje
FROM academico.alumnos
WHERE edad NOT BETWEEN 10 AND 100
