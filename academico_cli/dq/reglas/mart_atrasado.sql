-- id: mart_atrasado
-- entidad: mart
-- tabla: marts.refrescos
-- severidad: warn
-- titulo: Indicadores sin refrescar
-- significa: Hay cambios de hace más de un día que los indicadores todavía no muestran.
-- importa: Los tableros y reportes enseñan cifras viejas.
-- remedio: Ejecute `academico marts refresh`, o revise por qué no corrió el refresco programado.
-- columnas: mart, refrescado_en, cambio_en
-- llave: mart
WITH cambio AS (
    SELECT max(l.cerrado_en) AS cambio_en
    FROM core.lotes AS l
    WHERE l.cerrado_en < coalesce(nullif(current_setting('academico.hoy', true), '')::timestamptz, now()) - interval '1 day'
        AND EXISTS (SELECT FROM core.lotes_periodos AS p WHERE p.lote = l.lote)
)
SELECT r.mart, r.refrescado_en, c.cambio_en
FROM marts.refrescos AS r, cambio AS c
WHERE r.refrescado_en < c.cambio_en
