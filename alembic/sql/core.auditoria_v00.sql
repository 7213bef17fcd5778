-- squawk-ignore-file ban-drop-function, ban-drop-table, require-concurrent-index-deletion
-- As before there was an audit trail. What it holds is lost.
DROP FUNCTION core.sellar(integer);
DROP FUNCTION core.enterrar(text, bigint, bigint, text);
DROP FUNCTION core.borrar_cambios(bigint, text, text, jsonb);
DROP FUNCTION core.retirar_mes(text, date, text);
DROP FUNCTION core.huella_cambio(uuid, bigint, jsonb, jsonb, jsonb);
DROP FUNCTION core.huella(core.auditoria);
DROP FUNCTION core.huella(raw.mensajes, bytea);
DROP FUNCTION core.huella(raw.conflictos, bytea);
DROP FUNCTION core.huella(stg.rechazos, bytea);
DROP FUNCTION core.huella(bigint[], bytea[]);
DROP INDEX core.destinos_por_lote;
DROP TABLE core.auditoria;
DROP TABLE core.por_sellar;
DROP TABLE core.sellos;
DROP TABLE core.huellas;
DROP TABLE core.lapidas;
