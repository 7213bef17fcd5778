-- name: count
SELECT uuid_send(id), intentos FROM core.intentos WHERE id = ANY (%(ids)s)

-- name: note
INSERT INTO core.intentos (id, intentos)
SELECT id, 1 FROM unnest(%(ids)s) AS i (id) GROUP BY id ORDER BY id
ON CONFLICT (id) DO UPDATE SET intentos = intentos.intentos + 1, ultimo = excluded.ultimo

-- name: forget
DELETE FROM core.intentos WHERE id = ANY (%(ids)s)
