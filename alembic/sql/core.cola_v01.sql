-- The queue in PostgreSQL, for machines without RabbitMQ. A message is taken by the transaction
-- that loads it, so its removal and its effect are one commit.
CREATE TABLE core.cola (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cola         text NOT NULL,
    message_id   text,
    enviado_en   timestamptz,
    content_type text,
    headers      jsonb,
    cuerpo       bytea NOT NULL,
    entregas     integer NOT NULL DEFAULT 0
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
CREATE INDEX cola_turno ON core.cola (cola, id);

CREATE TABLE core.cola_muertos (
    id           bigint PRIMARY KEY,
    cola         text NOT NULL,
    message_id   text,
    enviado_en   timestamptz,
    content_type text,
    headers      jsonb,
    cuerpo       bytea NOT NULL,
    muerto_en    timestamptz NOT NULL DEFAULT clock_timestamp()
);
