-- What a row amounts to, whatever the session's settings are: its binary form. The salt makes it
-- impossible to find an erased content by guessing.
CREATE FUNCTION core.huella_cambio(p_sal uuid, p_id_alumno bigint, p_clave jsonb, p_anterior jsonb, p_nuevo jsonb)
RETURNS bytea
LANGUAGE sql STABLE AS $$
SELECT sha256(uuid_send(p_sal) || record_send(ROW(p_id_alumno, p_clave, p_anterior, p_nuevo)))
$$;

CREATE FUNCTION core.huella(r_cambio core.auditoria) RETURNS bytea
LANGUAGE sql STABLE AS $$
SELECT sha256(record_send(ROW(
    r_cambio.id, r_cambio.tabla, r_cambio.lote, r_cambio.origen, r_cambio.id_mensaje, r_cambio.linea,
    r_cambio.ocurrido_en, r_cambio.registrado_en, r_cambio.actor, r_cambio.huella)))
$$;

CREATE FUNCTION core.huella(r_mensaje raw.mensajes, p_sal bytea) RETURNS bytea
LANGUAGE sql STABLE AS $$
SELECT sha256(p_sal || record_send(ROW(
    r_mensaje.id, r_mensaje.lote, r_mensaje.n, r_mensaje.recibido_en, r_mensaje.message_id,
    r_mensaje.enviado_en, r_mensaje.content_type, r_mensaje.headers, r_mensaje.redelivered,
    r_mensaje.cuerpo)))
$$;

CREATE FUNCTION core.huella(r_conflicto raw.conflictos, p_sal bytea) RETURNS bytea
LANGUAGE sql STABLE AS $$
SELECT sha256(p_sal || record_send(ROW(
    r_conflicto.id, r_conflicto.lote, r_conflicto.n, r_conflicto.recibido_en, r_conflicto.message_id,
    r_conflicto.cuerpo)))
$$;

-- As it was refused: estado, cerrado_en and correccion are what people did with it later.
CREATE FUNCTION core.huella(r_rechazo stg.rechazos, p_sal bytea) RETURNS bytea
LANGUAGE sql STABLE AS $$
SELECT sha256(p_sal || record_send(ROW(
    r_rechazo.id, r_rechazo.lote, r_rechazo.n, r_rechazo.linea, r_rechazo.id_mensaje, r_rechazo.entidad,
    r_rechazo.motivo, r_rechazo.campo, r_rechazo.errores, r_rechazo.recibido_en, r_rechazo.cuerpo)))
$$;

-- Of all rows of one table that a lote wrote.
CREATE FUNCTION core.huella(p_claves bigint[], p_huellas bytea[]) RETURNS bytea
LANGUAGE sql STABLE AS $$
SELECT sha256(string_agg(int8send(u.clave) || u.huella, ''::bytea ORDER BY u.orden))
FROM unnest(p_claves, p_huellas) WITH ORDINALITY AS u (clave, huella, orden)
$$;

-- Puts what was committed at the end of the chain: first erasures, then lotes with about p_mensajes
-- messages, or events where a message holds many. Returns how many lotes; NULL when somebody else is at
-- it. Cost: that of reading what the lotes wrote. Owned by the owner of the chain and run as such: nobody
-- else can write to it.
CREATE FUNCTION core.sellar(p_mensajes integer DEFAULT 50000) RETURNS integer
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET bytea_output = 'hex'
SET enable_seqscan = off
AS $$
DECLARE
    v_secreto constant bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    -- As the columns of core.sellos have it.
    v_quien   constant jsonb := jsonb_build_object('sellado_en', now(), 'actor', session_user);
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
            SELECT l.lote, sum(c.costo) OVER (ORDER BY l.lote) - c.costo AS antes
            FROM (SELECT p.lote FROM core.por_sellar AS p ORDER BY p.lote LIMIT 1000) AS p
            INNER JOIN core.lotes AS l ON l.lote = p.lote
            CROSS JOIN LATERAL (SELECT greatest(l.mensajes, l.eventos) AS costo) AS c
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
            jsonb_build_object('sello', v_quien, 'lapidas', jsonb_agg(to_jsonb(l) ORDER BY l.id))::text AS contenido
        FROM core.lapidas AS l
        WHERE l.id > coalesce((SELECT max(s.lapida) FROM core.sellos AS s), 0)
        GROUP BY l.id / 1000
        UNION ALL
        SELECT l.lote, NULL, jsonb_build_object(
            'sello', v_quien, 'lote', to_jsonb(l), 'destinos', coalesce(d.destinos, '[]'), 'filas', coalesce(h.filas, '{}'))::text
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

-- Sets a stone for a row that was rewritten in this transaction because of an erasure, and draws the salt
-- of what is left anew; that of the row as it was is lost. p_clave: n of a message or conflict, id of a
-- reject. A row that was written for a lote that is sealed already gets a stone without a past.
CREATE FUNCTION core.enterrar(p_tabla text, p_lote bigint, p_clave bigint, p_motivo text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_sal    bytea := uuid_send(gen_random_uuid());
    v_lugar  integer;
    v_antes  bytea;
    v_huella bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('academico.sellar'));
    IF EXISTS (SELECT FROM core.por_sellar WHERE lote = p_lote) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('lote %s is not sealed', p_lote), HINT = 'Seal first: SELECT core.sellar()';
    END IF;
    SELECT array_position(h.claves, p_clave), h.huellas[array_position(h.claves, p_clave)]
    INTO v_lugar, v_antes
    FROM core.huellas AS h WHERE h.lote = p_lote AND h.tabla = p_tabla;
    IF v_lugar IS NULL THEN
        v_sal := '';
        v_antes := '';
    END IF;
    CASE p_tabla
        WHEN 'raw.mensajes' THEN
            SELECT core.huella(m, v_sal) INTO STRICT v_huella
            FROM raw.mensajes AS m WHERE m.lote = p_lote AND m.n = p_clave;
        WHEN 'raw.conflictos' THEN
            SELECT core.huella(m, v_sal) INTO STRICT v_huella
            FROM raw.conflictos AS m WHERE m.lote = p_lote AND m.n = p_clave;
        WHEN 'stg.rechazos' THEN
            SELECT core.huella(m, v_sal) INTO STRICT v_huella FROM stg.rechazos AS m WHERE m.id = p_clave;
    END CASE;
    UPDATE core.huellas SET sales[v_lugar] = v_sal WHERE lote = p_lote AND tabla = p_tabla AND v_lugar IS NOT NULL;
    INSERT INTO core.lapidas (tabla, lote, clave, huella, reemplazo, motivo)
    VALUES (p_tabla, p_lote, p_clave, v_antes, v_huella, p_motivo);
END
$$;

-- Empties what the audit trail remembers of a student (p_id_alumno), or of another row by table and key
-- (p_id_alumno 0), who it was about included, and sets a stone for each. Returns how many. Deleted and put
-- anew: a column that rows may be distributed by is not updated.
CREATE FUNCTION core.borrar_cambios(p_id_alumno bigint, p_motivo text, p_tabla text DEFAULT NULL, p_clave jsonb DEFAULT NULL)
RETURNS bigint
LANGUAGE sql AS $$
SELECT pg_advisory_xact_lock(hashtext('academico.sellar'));
WITH borrado AS (
    DELETE FROM core.auditoria AS a
    WHERE a.id_alumno = p_id_alumno AND a.sal IS NOT NULL
        AND (p_tabla IS NULL OR a.tabla = p_tabla) AND (p_clave IS NULL OR a.clave = p_clave)
    RETURNING a.*
),
vaciado AS (
    INSERT INTO core.auditoria
        (id, id_alumno, tabla, lote, origen, id_mensaje, linea, ocurrido_en, registrado_en, actor, huella)
    OVERRIDING SYSTEM VALUE
    SELECT b.id, 0, b.tabla, b.lote, b.origen, b.id_mensaje, b.linea, b.ocurrido_en, b.registrado_en, b.actor, b.huella
    FROM borrado AS b
),
lapida AS (
    INSERT INTO core.lapidas (tabla, lote, clave, huella, motivo)
    SELECT 'core.auditoria', b.lote, b.id, b.huella, p_motivo FROM borrado AS b ORDER BY b.id
    RETURNING 1
)
SELECT count(*) FROM lapida
$$;

-- Records that retention took away what a table had of a month (UTC, of the lote's opening); of rejects,
-- the bodies. Salts go with what is gone.
CREATE FUNCTION core.retirar_mes(p_tabla text, p_mes date, p_motivo text DEFAULT 'retencion') RETURNS void
LANGUAGE sql AS $$
SELECT pg_advisory_xact_lock(hashtext('academico.sellar'));
INSERT INTO core.lapidas (tabla, mes, motivo) VALUES (p_tabla, p_mes, p_motivo);
UPDATE core.huellas AS h SET sales = NULL
FROM core.lotes AS l
WHERE h.tabla = p_tabla AND p_tabla LIKE 'raw.%' AND l.lote = h.lote
    AND l.abierto_en >= p_mes::timestamp AT TIME ZONE 'UTC'
    AND l.abierto_en < (p_mes + interval '1 month') AT TIME ZONE 'UTC'
$$;

REVOKE EXECUTE ON FUNCTION core.enterrar, core.borrar_cambios, core.retirar_mes FROM PUBLIC;

COMMENT ON FUNCTION core.huella_cambio IS
    'SHA-256 del contenido de un cambio.';
COMMENT ON FUNCTION core.huella(core.auditoria) IS
    'SHA-256 de un cambio: de lo que queda cuando se borra a la persona.';
COMMENT ON FUNCTION core.huella(raw.mensajes, bytea) IS
    'SHA-256 de un mensaje con su sal.';
COMMENT ON FUNCTION core.huella(raw.conflictos, bytea) IS
    'SHA-256 de un conflicto con su sal.';
COMMENT ON FUNCTION core.huella(stg.rechazos, bytea) IS
    'SHA-256 de un rechazo, como se rechazó, con su sal.';
COMMENT ON FUNCTION core.huella(bigint[], bytea[]) IS
    'SHA-256 de todas las filas de una tabla que escribió un lote.';
COMMENT ON FUNCTION core.sellar IS
    'Pone lo confirmado al final de la cadena de sellos. Devuelve cuántos lotes; nulo si otro lo está haciendo.';
COMMENT ON FUNCTION core.enterrar IS
    'Deja una lápida por una fila cuyo contenido se borró en esta transacción.';
COMMENT ON FUNCTION core.borrar_cambios IS
    'Vacía lo que la auditoría recuerda de un alumno, o de otra fila, y deja lápidas. Devuelve cuántos cambios.';
COMMENT ON FUNCTION core.retirar_mes IS
    'Anota que la retención retiró lo que una tabla tenía de un mes.';
