-- id: grupo_sin_fecha_inicio
-- entidad: grupo
-- tabla: academico.grupos
-- severidad: warn
-- titulo: Grupos sin fecha de inicio
-- significa: Más de uno de cada veinte grupos no dice qué día empezó.
-- importa: Sin esa fecha no se sabe si una calificación llegó antes de tiempo ni si los datos de
--   hoy se retrasan.
-- remedio: Tome el día de inicio del calendario escolar y envíe de nuevo el evento grupo con
--   fecha_inicio.
-- umbral: 5%
-- columnas: id_grupo, periodo
-- llave: id_grupo
-- padre: periodo
SELECT id AS id_grupo, periodo, lote, id_mensaje
FROM academico.grupos
WHERE fecha_inicio IS NULL
