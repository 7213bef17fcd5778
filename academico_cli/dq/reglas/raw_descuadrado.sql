-- id: raw_descuadrado
-- entidad: flujo
-- tabla: raw.mensajes
-- severidad: error
-- titulo: Faltan o sobran mensajes originales de un lote
-- significa: El lote no tuvo duplicados, y los mensajes guardados en raw no son los que recibió; o
--   hay más de los que recibió.
-- importa: Sin el mensaje original no se puede probar de dónde salió un dato ni reconstruirlo.
-- remedio: No borre nada. Restaure la partición de raw de un respaldo y compruebe con `academico
--   reconcile`.
-- columnas: lote, mensajes, guardados
-- llave: lote
-- total: SELECT count(*) FROM core.lotes
WITH guardado AS (
    SELECT lote, sum(n) AS n
    FROM (
        SELECT lote, count(*) AS n FROM raw.mensajes GROUP BY lote
        UNION ALL SELECT lote, count(*) FROM raw.conflictos GROUP BY lote
    ) AS g
    GROUP BY lote
)
SELECT l.lote, l.mensajes, coalesce(g.n, 0) AS guardados
FROM core.lotes AS l
LEFT JOIN guardado AS g USING (lote)
-- What retention dropped is no fault: whole months, each of which it wrote down.
WHERE NOT EXISTS (
    SELECT FROM core.retenciones AS r
    WHERE r.mes = date_trunc('month', l.abierto_en AT TIME ZONE 'UTC')::date
)
    AND (
        coalesce(g.n, 0) > l.mensajes
        OR coalesce(g.n, 0) < l.mensajes AND NOT EXISTS (
            SELECT FROM core.destinos AS d WHERE d.lote = l.lote AND d.destino = 'duplicado'
        )
    )
