-- id: periodo_sin_particion
-- entidad: periodo
-- tabla: academico.periodos
-- severidad: error
-- titulo: Periodo sin su partición
-- significa: El periodo existe, pero falta la tabla donde se guardan sus inscripciones o sus
--   calificaciones.
-- importa: Todo lo que llegue de ese periodo se rechaza.
-- remedio: Alguien quitó la tabla por fuera: pida a sistemas restaurarla del respaldo.
-- columnas: periodo, tabla
SELECT p.id AS periodo, t.tabla
FROM academico.periodos AS p
CROSS JOIN (VALUES ('inscripciones'), ('calificaciones')) AS t (tabla)
WHERE NOT EXISTS (
    SELECT
    FROM pg_inherits AS h
    INNER JOIN pg_class AS c ON c.oid = h.inhrelid
    WHERE h.inhparent = ('academico.' || t.tabla)::regclass AND c.relname = t.tabla || '_' || p.id
)
