-- id: destinos_descuadrados
-- entidad: flujo
-- tabla: core.destinos
-- severidad: error
-- titulo: El libro de destinos no coincide con las tablas
-- significa: Los eventos que el libro da por rechazados o pendientes no son los que hay en
--   stg.rechazos o stg.pendientes, o un destino es negativo.
-- importa: Un rechazo o un pendiente desapareció, o apareció sin que nadie lo contara.
-- remedio: No borre nada. Ejecute `academico reconcile` y avise a sistemas con el lote y la
--   entidad.
-- columnas: lote, entidad, destino, libro, tabla
-- llave: lote, entidad, destino
-- padre: lote
WITH libro AS (
    SELECT lote, entidad, destino, sum(eventos) AS n FROM core.destinos GROUP BY lote, entidad, destino
),
tabla AS (
    SELECT lote, entidad, 'rechazado' AS destino, count(*) AS n
    FROM stg.rechazos
    WHERE estado <> 'reintentado'
    GROUP BY lote, entidad
    UNION ALL
    SELECT lote, entidad, 'pendiente', count(*) FROM stg.pendientes GROUP BY lote, entidad
)
SELECT lote, entidad, destino, coalesce(l.n, 0) AS libro, coalesce(t.n, 0) AS tabla
FROM libro AS l
FULL JOIN tabla AS t USING (lote, entidad, destino)
WHERE coalesce(l.n, 0) < 0
    OR destino IN ('rechazado', 'pendiente') AND coalesce(l.n, 0) <> coalesce(t.n, 0)
