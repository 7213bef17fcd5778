-- id: grupo_sin_maestro
-- entidad: grupo
-- tabla: academico.grupos
-- severidad: warn
-- titulo: Grupo sin maestro
-- significa: El grupo no tiene maestro asignado.
-- importa: Desde que empiezan las clases: sus calificaciones no cuentan para ningún maestro.
-- remedio: Asigne el maestro y envíe de nuevo el evento grupo con id_maestro.
-- umbral: 10%
-- columnas: id_grupo, periodo
-- llave: id_grupo
-- padre: periodo
SELECT id AS id_grupo, periodo, lote, id_mensaje
FROM academico.grupos
WHERE id_maestro IS NULL
