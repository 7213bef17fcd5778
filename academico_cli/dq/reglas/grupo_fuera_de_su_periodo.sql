-- id: grupo_fuera_de_su_periodo
-- entidad: grupo
-- tabla: academico.grupos
-- severidad: error
-- titulo: Grupo que empieza fuera de su periodo
-- significa: El año de inicio del grupo dista más de uno del año que su periodo dice.
-- importa: El grupo cuenta en un periodo que no es el suyo: cambian el promedio y la aprobación de
--   ambos.
-- remedio: Compare con el calendario escolar y envíe de nuevo el evento grupo con su periodo o su
--   fecha_inicio corregidos.
-- columnas: id_grupo, periodo, fecha_inicio
-- llave: id_grupo
-- padre: periodo
-- compuerta: si
SELECT g.id AS id_grupo, g.periodo, g.fecha_inicio, g.lote, g.id_mensaje
FROM academico.grupos AS g
INNER JOIN academico.periodos AS p ON p.id = g.periodo
WHERE abs(extract(year FROM g.fecha_inicio) - p.anio) > 1
