-- name: parents
SELECT academico.abrir_periodo(y || t) FROM generate_series(2020, 2024) AS y, unnest(ARRAY['A', 'B']) AS t;
INSERT INTO academico.materias (id, nombre, creditos, ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT i, 'Materia ' || i, 8, '2020-01-01', i, 0, gen_random_uuid(), 0 FROM generate_series(1, 200) AS i;
INSERT INTO academico.maestros (id, nombre, ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT i, 'Maestro ' || i, '2020-01-01', i, 0, gen_random_uuid(), 0 FROM generate_series(1, 1000) AS i;
INSERT INTO academico.alumnos (id, nombre, edad, genero, ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT i, 'Alumno ' || i, 20, 'M', '2020-01-01', i, 0, gen_random_uuid(), 0 FROM generate_series(1, 100000) AS i;
INSERT INTO academico.grupos
    (id, id_materia, id_maestro, periodo, ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT p.n * 1000 + g, 1 + g * 7 % 200, 1 + (g * 13 + p.n * 17) % 1000, p.id, '2020-01-01', g, 0,
    gen_random_uuid(), 0
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM academico.periodos) AS p,
    generate_series(1, 200) AS g;
ANALYZE;

-- name: grades
-- bench.filas grades and enrolments over all periodos, in random order within each. Their groups are
-- beyond the 200 that the events use, so that both can be in one database.
INSERT INTO academico.grupos
    (id, id_materia, id_maestro, periodo, ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT 100000 + p.n * 10000 + g, 1 + g * 7 % 200, 1 + (g * 13 + p.n * 17) % 1000, p.id, '2020-01-01', g, 0,
    gen_random_uuid(), 0
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM academico.periodos) AS p,
    generate_series(1, 6667) AS g;
CREATE TEMP TABLE par AS
SELECT 1 + k * 7919 % 100000 AS id_alumno,
    100000 + p.n * 10000 + 1 + ((1 + k * 7919 % 100000) * 5 + k / 100000) * 7919 % 6667 AS id_grupo,
    p.id AS periodo,
    least(10, greatest(0, 7.2 + 1.5 * sin(k) + random() * 4 - 2))::numeric(4, 2) AS calificacion
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM academico.periodos) AS p,
    generate_series(0, current_setting('bench.filas')::bigint / 10 - 1) AS k
ORDER BY p.n, random();
INSERT INTO academico.inscripciones
    (id_alumno, id_grupo, periodo, estado, ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT id_alumno, id_grupo, periodo, CASE WHEN random() < 0.05 THEN 'baja' ELSE 'inscrito' END,
    '2020-01-01', 1, 0, gen_random_uuid(), 0
FROM par;
INSERT INTO academico.calificaciones
    (id_alumno, id_grupo, periodo, calificacion, ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT id_alumno, id_grupo, periodo, calificacion, '2020-01-01', 1, 0, gen_random_uuid(), 0 FROM par;
DROP TABLE par;

-- name: past_messages
-- The messages that bench.filas grades came in, one each: the index by which a duplicate is known is as
-- large as it would be.
SELECT raw.abrir_lote();
INSERT INTO raw.mensajes (id, mes, lote, n, recibido_en, message_id, redelivered, cuerpo)
SELECT m.id, l.mes, l.lote, m.n, now(), m.id::text, false,
    convert_to(format('{"entity":"calificacion","id_alumno":%s,"id_grupo":10001,"calificacion":7}', m.n), 'UTF8')
FROM raw.abrir_lote() AS l,
    (SELECT gen_random_uuid() AS id, i AS n FROM generate_series(1, current_setting('bench.filas')::bigint) AS i) AS m;

-- name: evaluations
INSERT INTO academico.evaluaciones
    (id_alumno, id_grupo, evaluacion, calificacion, ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT id_alumno, id_grupo, 'Parcial', calificacion, '2020-01-01', 1, 0, gen_random_uuid(), 0
FROM academico.calificaciones;
