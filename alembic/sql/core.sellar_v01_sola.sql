-- core.sellar alone, as core.sellar_v01.sql has it: what 0009 goes back to.
-- Puts what was committed at the end of the chain: first erasures, then lotes with about p_mensajes
-- messages. Returns how many lotes; NULL when somebody else is at it. Cost: that of reading what the
-- lotes wrote. Owned by the owner of the chain and run as such: nobody else can write to it.
CREATE OR REPLACE FUNCTION core.sellar(p_mensajes integer DEFAULT 50000) RETURNS integer
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET bytea_output = 'hex'
SET enable_seqscan = off
AS $$
DECLARE
    v_secreto constant bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    v_lotes   bigint[];
    v_desde   bigint;
    v_hasta   bigint;
    v_sello   bigint;
    v_previo  bytea;
    v_huella  bytea;
    r         record;
BEGIN
    IF NOT EXISTS (SELECT FROM core.por_sellar)
        AND (SELECT max(id) FROM core.lapidas) IS NOT DISTINCT FROM (SELECT max(lapida) FROM core.sellos) THEN
        RETURN 0;
    END IF;
    IF NOT pg_try_advisory_xact_lock(hashtext('academico.sellar')) THEN
        RETURN NULL;
    END IF;
    v_lotes := ARRAY(
        SELECT s.lote
        FROM (
            SELECT l.lote, sum(l.mensajes) OVER (ORDER BY l.lote) - l.mensajes AS antes
            FROM (SELECT p.lote FROM core.por_sellar AS p ORDER BY p.lote LIMIT 1000) AS p
            INNER JOIN core.lotes AS l ON l.lote = p.lote
        ) AS s
        WHERE s.antes < p_mensajes
        ORDER BY s.lote);
    v_desde := v_lotes[1];
    v_hasta := v_lotes[cardinality(v_lotes)];

    -- The salts: drawn from one secret, which is forgotten here, because a random number for each row
    -- costs more than all the rest. OFFSET 0 makes each of them once.
    INSERT INTO core.huellas (lote, tabla, claves, sales, huellas)
    SELECT f.lote, 'raw.mensajes', array_agg(f.n), array_agg(f.sal), array_agg(f.huella)
    FROM (
        SELECT m.lote, m.n, s.sal, core.huella(m, s.sal) AS huella
        FROM raw.mensajes AS m
        CROSS JOIN LATERAL (SELECT substr(sha256(v_secreto || int8send(m.lote) || int8send(m.n) || '1'), 1, 16) AS sal OFFSET 0) AS s
        WHERE m.lote BETWEEN v_desde AND v_hasta AND m.lote = ANY (v_lotes)
        ORDER BY m.lote, m.n
    ) AS f
    GROUP BY f.lote;
    INSERT INTO core.huellas (lote, tabla, claves, sales, huellas)
    SELECT f.lote, 'raw.conflictos', array_agg(f.n), array_agg(f.sal), array_agg(f.huella)
    FROM (
        SELECT m.lote, m.n, s.sal, core.huella(m, s.sal) AS huella
        FROM raw.conflictos AS m
        CROSS JOIN LATERAL (SELECT substr(sha256(v_secreto || int8send(m.lote) || int8send(m.n) || '2'), 1, 16) AS sal OFFSET 0) AS s
        WHERE m.lote BETWEEN v_desde AND v_hasta AND m.lote = ANY (v_lotes)
        ORDER BY m.lote, m.n
    ) AS f
    GROUP BY f.lote;
    INSERT INTO core.huellas (lote, tabla, claves, sales, huellas)
    SELECT f.lote, 'stg.rechazos', array_agg(f.id), array_agg(f.sal), array_agg(f.huella)
    FROM (
        SELECT m.lote, m.id, s.sal, core.huella(m, s.sal) AS huella
        FROM stg.rechazos AS m
        CROSS JOIN LATERAL (SELECT substr(sha256(v_secreto || int8send(m.lote) || int8send(m.id) || '3'), 1, 16) AS sal OFFSET 0) AS s
        WHERE m.lote BETWEEN v_desde AND v_hasta AND m.lote = ANY (v_lotes)
        ORDER BY m.lote, m.id
    ) AS f
    GROUP BY f.lote;
    INSERT INTO core.huellas (lote, tabla, claves, huellas)
    SELECT f.lote, 'core.auditoria', array_agg(f.id), array_agg(f.huella)
    FROM (
        SELECT m.lote, m.id, core.huella(m) AS huella
        FROM core.auditoria AS m
        WHERE m.lote BETWEEN v_desde AND v_hasta AND m.lote = ANY (v_lotes)
        ORDER BY m.lote, m.id
    ) AS f
    GROUP BY f.lote;

    SELECT s.sello, s.huella INTO v_sello, v_previo FROM core.sellos AS s ORDER BY s.sello DESC LIMIT 1;
    v_sello := coalesce(v_sello, 0);
    v_previo := coalesce(v_previo, ''::bytea);
    FOR r IN
        SELECT NULL::bigint AS lote, max(l.id) AS lapida,
            jsonb_build_object('lapidas', jsonb_agg(to_jsonb(l) ORDER BY l.id))::text AS contenido
        FROM core.lapidas AS l
        WHERE l.id > coalesce((SELECT max(s.lapida) FROM core.sellos AS s), 0)
        GROUP BY l.id / 1000
        UNION ALL
        SELECT l.lote, NULL, jsonb_build_object(
            'lote', to_jsonb(l), 'destinos', coalesce(d.destinos, '[]'), 'filas', coalesce(h.filas, '{}'))::text
        FROM core.lotes AS l
        LEFT JOIN (
            SELECT d.por_lote, jsonb_agg(jsonb_build_array(d.lote, d.entidad, d.destino, d.eventos)
                ORDER BY d.lote, d.entidad, d.destino, d.eventos) AS destinos
            FROM core.destinos AS d
            WHERE d.por_lote BETWEEN v_desde AND v_hasta
            GROUP BY d.por_lote
        ) AS d ON d.por_lote = l.lote
        LEFT JOIN (
            SELECT h.lote, jsonb_object_agg(h.tabla, jsonb_build_object(
                'filas', cardinality(h.claves), 'huella', core.huella(h.claves, h.huellas))) AS filas
            FROM core.huellas AS h
            WHERE h.lote BETWEEN v_desde AND v_hasta
            GROUP BY h.lote
        ) AS h ON h.lote = l.lote
        WHERE l.lote = ANY (v_lotes)
        ORDER BY lapida, lote
    LOOP
        v_sello := v_sello + 1;
        v_huella := sha256(v_previo || convert_to(r.contenido, 'UTF8'));
        INSERT INTO core.sellos (sello, lote, lapida, previo, contenido, huella)
        VALUES (v_sello, r.lote, r.lapida, v_previo, r.contenido, v_huella);
        v_previo := v_huella;
    END LOOP;
    DELETE FROM core.por_sellar WHERE lote = ANY (v_lotes);
    RETURN cardinality(v_lotes);
END
$$;
