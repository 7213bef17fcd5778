-- id: lote_sin_cierre
-- entidad: flujo
-- tabla: core.lotes
-- severidad: error
-- titulo: Lote sin cierre
-- significa: Hay mensajes, rechazos o destinos de un lote que no está en core.lotes.
-- importa: Un lote se cierra en la misma transacción que lo escribe: alguien tocó las tablas por
--   fuera.
-- remedio: No borre nada. Avise a sistemas con el número de lote; `academico reconcile` dice qué
--   más falta.
-- columnas: lote, origen
-- llave: lote
SELECT x.lote, min(x.origen) AS origen
FROM (
    SELECT lote, 'core.destinos' AS origen FROM core.destinos
    UNION SELECT lote, 'raw.mensajes' FROM raw.mensajes
    UNION SELECT lote, 'stg.rechazos' FROM stg.rechazos
) AS x
WHERE NOT EXISTS (SELECT FROM core.lotes AS l WHERE l.lote = x.lote)
GROUP BY x.lote
