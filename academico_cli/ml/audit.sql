-- name: seed
SELECT setseed(%(azar)s)

-- name: sample
-- Whose future is changed.
CREATE TEMP TABLE muestra ON COMMIT DROP AS
SELECT DISTINCT ON (hashtextextended(id_alumno::text, %(semilla)s)) id_alumno
FROM academico.inscripciones
WHERE periodo = %(periodo)s
ORDER BY hashtextextended(id_alumno::text, %(semilla)s)
LIMIT %(alumnos)s

-- name: late_evaluaciones
-- What happened on the cut-off or later might have happened otherwise, or not at all.
WITH tarde AS (
    SELECT id_alumno, id_grupo, evaluacion, random() < 0.5 AS fuera
    FROM academico.evaluaciones AS e
    WHERE id_alumno IN (SELECT id_alumno FROM muestra)
        AND ocurrido_en >= %(corte)s AND (desempate <> 0 OR fecha IS NULL OR fecha >= %(corte)s)
        AND NOT EXISTS (
            SELECT FROM core.auditoria AS a
            WHERE a.id_alumno = e.id_alumno AND a.tabla = 'evaluaciones'
                AND a.clave @> jsonb_build_object('id_grupo', e.id_grupo, 'evaluacion', e.evaluacion)
        )
    ORDER BY id_alumno, id_grupo, evaluacion
),

borrada AS (
    DELETE FROM academico.evaluaciones AS e USING tarde AS t
    WHERE t.fuera AND (e.id_alumno, e.id_grupo, e.evaluacion) = (t.id_alumno, t.id_grupo, t.evaluacion)
    RETURNING 1
),

cambiada AS (
    UPDATE academico.evaluaciones AS e
    SET calificacion = round((random() * 10)::numeric, 1), peso = round(random()::numeric, 2)
    FROM tarde AS t
    WHERE NOT t.fuera AND (e.id_alumno, e.id_grupo, e.evaluacion) = (t.id_alumno, t.id_grupo, t.evaluacion)
    RETURNING 1
)

SELECT (SELECT count(*) FROM borrada) + (SELECT count(*) FROM cambiada)

-- name: late_calificaciones
WITH tarde AS (
    SELECT id_alumno, id_grupo, random() < 0.5 AS fuera
    FROM academico.calificaciones AS c
    WHERE id_alumno IN (SELECT id_alumno FROM muestra)
        AND ocurrido_en >= %(corte)s AND (desempate <> 0 OR fecha_registro IS NULL OR fecha_registro >= %(corte)s)
        AND NOT EXISTS (
            SELECT FROM core.auditoria AS a
            WHERE a.id_alumno = c.id_alumno AND a.tabla = 'calificaciones'
                AND a.clave @> jsonb_build_object('id_grupo', c.id_grupo)
        )
    ORDER BY id_alumno, id_grupo
),

borrada AS (
    DELETE FROM academico.calificaciones AS c USING tarde AS t
    WHERE t.fuera AND (c.id_alumno, c.id_grupo) = (t.id_alumno, t.id_grupo)
    RETURNING 1
),

cambiada AS (
    UPDATE academico.calificaciones AS c SET calificacion = round((random() * 10)::numeric, 2)
    FROM tarde AS t
    WHERE NOT t.fuera AND (c.id_alumno, c.id_grupo) = (t.id_alumno, t.id_grupo)
    RETURNING 1
)

SELECT (SELECT count(*) FROM borrada) + (SELECT count(*) FROM cambiada)

-- name: forget_what_might_have_been
-- The trail of this transaction's changes: it would tell what the values were.
DELETE FROM core.auditoria WHERE lote = 0 AND registrado_en = now()

-- name: new_evaluaciones
-- Corrections of what was known, as events of later; and grades that come late, some with a date before
-- the cut-off. A correction says something else: the same again is not kept as a change. A grade
-- without a date is left alone: once it was corrected nothing says since when the first one was known.
INSERT INTO stg.evaluaciones_event
    (lote, origen, n, linea, id_mensaje, ocurrido_en, desempate, id_alumno, id_grupo, evaluacion, calificacion, peso, fecha)
SELECT
    %(lote)s, %(lote)s, row_number() OVER (), 0, gen_random_uuid(),
    greatest(x.ocurrido_en, %(corte)s) + random() * interval '60 days', 1,
    x.id_alumno, x.id_grupo, x.evaluacion, mod(x.calificacion + 0.1 + round((random() * 9.7)::numeric, 1), 10),
    round(random()::numeric, 2), x.fecha
FROM (
    SELECT id_alumno, id_grupo, evaluacion, calificacion, ocurrido_en, fecha
    FROM academico.evaluaciones
    WHERE id_alumno IN (SELECT id_alumno FROM muestra) AND ocurrido_en < %(corte)s AND fecha < %(corte)s
    UNION ALL
    SELECT
        id_alumno, id_grupo, 'Auditoria ' || round((random() * 3)::numeric), 5, %(corte)s,
        %(corte)s::date + round((random() * 60 - 30)::numeric)::integer
    FROM academico.inscripciones
    WHERE id_alumno IN (SELECT id_alumno FROM muestra) AND periodo = %(periodo)s
) AS x
WHERE random() < 0.5

-- name: new_calificaciones
INSERT INTO stg.calificaciones_event
    (lote, origen, n, linea, id_mensaje, ocurrido_en, desempate, id_alumno, id_grupo, calificacion, fecha_registro)
SELECT
    %(lote)s, %(lote)s, row_number() OVER (), 0, gen_random_uuid(),
    greatest(x.ocurrido_en, %(corte)s) + random() * interval '60 days', 1,
    x.id_alumno, x.id_grupo, mod(x.calificacion + 0.1 + round((random() * 9.7)::numeric, 1), 10), x.fecha_registro
FROM (
    SELECT id_alumno, id_grupo, calificacion, ocurrido_en, fecha_registro
    FROM academico.calificaciones
    WHERE id_alumno IN (SELECT id_alumno FROM muestra) AND ocurrido_en < %(corte)s
        AND fecha_registro < %(corte)s
    UNION ALL
    SELECT id_alumno, id_grupo, 5, %(corte)s, %(corte)s::date + round((random() * 60 - 30)::numeric)::integer
    FROM academico.inscripciones AS i
    WHERE id_alumno IN (SELECT id_alumno FROM muestra) AND NOT EXISTS (
        SELECT FROM academico.calificaciones AS c
        WHERE c.id_alumno = i.id_alumno AND c.id_grupo = i.id_grupo AND c.periodo = i.periodo
    )
) AS x
WHERE random() < 0.5

-- name: new_inscripciones
-- Who was enrolled leaves later; who had left comes back.
INSERT INTO stg.inscripciones_event
    (lote, origen, n, linea, id_mensaje, ocurrido_en, desempate, id_alumno, id_grupo, fecha_inscripcion, estado)
SELECT
    %(lote)s, %(lote)s, row_number() OVER (), 0, gen_random_uuid(),
    greatest(ocurrido_en, %(alcance)s) + random() * interval '60 days', 1,
    id_alumno, id_grupo, fecha_inscripcion, CASE estado WHEN 'baja' THEN 'inscrito' ELSE 'baja' END
FROM academico.inscripciones
WHERE id_alumno IN (SELECT id_alumno FROM muestra) AND ocurrido_en < %(corte)s
    AND fecha_inscripcion < %(corte)s AND random() < 0.5

-- name: merge
SELECT 'inscripciones', sum(eventos) FROM academico.merge_inscripciones(%(lote)s)
UNION ALL
SELECT 'calificaciones', sum(eventos) FROM academico.merge_calificaciones(%(lote)s)
UNION ALL
SELECT 'evaluaciones', sum(eventos) FROM academico.merge_evaluaciones(%(lote)s)
