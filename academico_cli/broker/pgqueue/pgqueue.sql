-- name: table_exists
SELECT to_regclass('core.cola') IS NOT NULL AND to_regclass('core.cola_tomas') IS NOT NULL;

-- name: copy_messages
COPY core.cola (cola, message_id, sello, content_type, cuerpo, headers) FROM STDIN (FORMAT BINARY);

-- name: notify
SELECT pg_notify('academico_cola', %(cola)s);

-- name: listen
LISTEN academico_cola;

-- name: count_ready
SELECT count(*) FROM core.cola WHERE cola = %(cola)s;

-- name: any_left
SELECT EXISTS (SELECT FROM core.cola WHERE cola = %(cola)s);

-- name: any_free
SELECT EXISTS (
    SELECT FROM core.cola WHERE cola = %(cola)s ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
);

-- name: take
-- Takes the longest prefix of the free messages that keeps within bytes and caution. The array
-- keeps the planner on the primary key whatever it believes about the size of the table.
WITH frente AS MATERIALIZED (
    SELECT id, octet_length(cuerpo) AS largo, entregas
    FROM core.cola
    WHERE cola = %(cola)s
    ORDER BY id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), turnos AS (
    SELECT
        id,
        row_number() OVER turno AS lugar,
        sum(largo) OVER turno AS acumulado,
        max(entregas) OVER turno AS peor
    FROM frente
    WINDOW turno AS (ORDER BY id)
), tomados AS (
    DELETE FROM core.cola
    WHERE cola = %(cola)s AND id = ANY (ARRAY(
        SELECT id
        FROM turnos
        WHERE lugar = 1 OR (acumulado <= %(max_bytes)s AND lugar <= CASE
            WHEN peor = 0 THEN %(limit)s
            WHEN peor = 1 THEN %(caution_1)s
            WHEN peor = 2 THEN %(caution_2)s
            ELSE %(caution_3)s
        END)
    ))
    RETURNING id, cuerpo, message_id, sello, content_type, headers, entregas
)
SELECT id, cuerpo, message_id, sello, content_type, headers, entregas
FROM tomados
ORDER BY id;

-- name: note_in_hand
INSERT INTO core.cola_tomas (tomador, cola, pid, iniciado, ids)
-- When it began is hidden from academico_etl: its pid must do then.
SELECT %(tomador)s, %(cola)s, pid, coalesce(backend_start, 'epoch'), %(ids)s::bigint[]
FROM pg_stat_activity
WHERE pid = %(pid)s
ON CONFLICT (tomador) DO UPDATE SET
    pid = excluded.pid, iniciado = excluded.iniciado, ids = excluded.ids;

-- name: forget_in_hand
DELETE FROM core.cola_tomas WHERE tomador = %(tomador)s;

-- name: count_one_less
-- A consumer whose backend was ended was taken for dead, and lives.
WITH contados AS (
    SELECT id
    FROM core.cola
    WHERE cola = %(cola)s AND id = ANY (%(ids)s::bigint[]) AND entregas > 0
    ORDER BY id
    FOR UPDATE SKIP LOCKED
)
UPDATE core.cola SET entregas = entregas - 1
WHERE cola = %(cola)s AND id = ANY (ARRAY(SELECT id FROM contados));

-- name: count_deaths
-- A consumer whose loading backend is gone and that did not say goodbye died with these in hand.
WITH muertas AS (
    DELETE FROM core.cola_tomas AS toma
    WHERE toma.cola = %(cola)s
        AND toma.tomador <> %(tomador)s
        AND NOT EXISTS (
            SELECT FROM pg_stat_activity AS vivo
            WHERE vivo.pid = toma.pid
                AND (vivo.backend_start IS NULL OR toma.iniciado IN (vivo.backend_start, 'epoch'))
        )
    RETURNING toma.ids
), sospechosos AS (
    SELECT id
    FROM core.cola
    WHERE cola = %(cola)s AND id = ANY (ARRAY(SELECT unnest(ids) FROM muertas))
    ORDER BY id
    FOR UPDATE SKIP LOCKED
)
UPDATE core.cola SET
    entregas = entregas + 1,
    cola = CASE WHEN entregas + 1 >= %(poison)s THEN %(muertos)s ELSE cola END
WHERE cola = %(cola)s AND id = ANY (ARRAY(SELECT id FROM sospechosos))
RETURNING id, message_id, cola = %(muertos)s;
