-- id: grupo_con_dos_maestros
-- entidad: grupo
-- tabla: academico.grupos
-- severidad: warn
-- titulo: Dos maestros para un mismo grupo
-- significa: Con menos de un día de diferencia llegaron dos eventos del grupo que nombran a
--   maestros distintos. Un cambio de maestro a medio curso no es falta.
-- importa: Quedó el del evento más nuevo, y puede no ser el correcto: el ranking y el acta irían a
--   otra persona.
-- remedio: Confirme quién imparte el grupo y envíe de nuevo el evento grupo con su id_maestro y un
--   ocurrido_en al menos un día posterior.
-- columnas: id_grupo, id_maestro, id_maestro_otro
-- llave: id_grupo
WITH mensaje AS (
    -- Only what lotes with events of grupos brought: the rest of raw is not read.
    SELECT coalesce(m.enviado_en, m.recibido_en) AS momento, encode(m.cuerpo, 'escape') AS cuerpo
    FROM raw.mensajes AS m
    WHERE m.lote IN (SELECT lote FROM core.destinos WHERE entidad = 'grupo')
        AND position('"id_maestro"'::bytea IN m.cuerpo) > 0
        AND position('"id_grupo"'::bytea IN m.cuerpo) > 0
),
evento AS (
    SELECT
        m.momento,
        substring(l.linea FROM '"id_grupo"\s*:\s*([0-9]{1,18})\y')::bigint AS id_grupo,
        substring(l.linea FROM '"id_maestro"\s*:\s*([0-9]{1,18})\y')::bigint AS id_maestro,
        substring(l.linea FROM '"ocurrido_en"\s*:\s*"([^"]+)"') AS ocurrido_en
    FROM mensaje AS m
    CROSS JOIN LATERAL string_to_table(m.cuerpo, E'\n') AS l (linea)
    WHERE l.linea LIKE '%"id_maestro"%' AND l.linea LIKE '%"id_grupo"%'
)
SELECT DISTINCT g.id AS id_grupo, g.id_maestro, e.id_maestro AS id_maestro_otro
FROM evento AS e
INNER JOIN academico.grupos AS g ON g.id = e.id_grupo AND g.id_maestro <> e.id_maestro
WHERE abs(extract(epoch FROM g.ocurrido_en - CASE
    WHEN pg_input_is_valid(e.ocurrido_en, 'timestamptz') THEN e.ocurrido_en::timestamptz
    ELSE e.momento
END)) < 86400
