-- id: calificacion_tardia
-- entidad: calificacion
-- tabla: academico.calificaciones
-- severidad: warn
-- titulo: Calificaciones registradas más de un año después
-- significa: Más del 1 % de las calificaciones se registró más de un año después de empezar el
--   grupo.
-- importa: Fuera de plazo, una calificación necesita autorización; muchas juntas suelen ser un año
--   mal escrito.
-- remedio: Pida al maestro o a la coordinación la autorización del acta extemporánea, o corrija la
--   fecha y reenvíe.
-- umbral: 1%
-- columnas: id_alumno, id_grupo, fecha_inicio, fecha_registro
-- llave: id_alumno, id_grupo
-- padre: id_grupo
SELECT c.id_alumno, c.id_grupo, g.fecha_inicio, c.fecha_registro, c.lote, c.id_mensaje
FROM academico.calificaciones AS c
INNER JOIN academico.grupos AS g ON g.id = c.id_grupo AND g.periodo = c.periodo
WHERE c.fecha_registro > g.fecha_inicio + 365
