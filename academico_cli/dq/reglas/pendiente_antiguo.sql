-- id: pendiente_antiguo
-- entidad: flujo
-- tabla: stg.pendientes
-- severidad: warn
-- titulo: Evento que espera a su padre desde hace una semana
-- significa: El evento es válido, pero el alumno, grupo, materia o maestro del que habla no ha
--   llegado en más de 7 días.
-- importa: No se aplica hasta que llegue: una calificación que nadie ve.
-- remedio: Pida al sistema de origen que envíe al padre que falta; el evento se aplica solo en
--   cuanto llegue.
-- columnas: id, lote, entidad, padre, id_padre
-- llave: id
-- padre: id_padre
-- total: SELECT coalesce(sum(eventos), 0) FROM core.lotes
SELECT id, lote, entidad, padre, id_padre
FROM stg.pendientes
WHERE desde < coalesce(nullif(current_setting('academico.hoy', true), '')::timestamptz, now()) - interval '7 days'
