-- The queue in PostgreSQL, for machines without RabbitMQ. A message is taken by the transaction
-- that loads it, so its removal and its effect are one commit. Dead letters of queue q wait in
-- queue q.muertos of the same table.
CREATE TABLE core.cola (
    cola         text NOT NULL,
    id           bigint GENERATED ALWAYS AS IDENTITY,
    message_id   text,
    sello        bigint,
    content_type text,
    headers      jsonb,
    cuerpo       bytea NOT NULL,
    entregas     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (cola, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
COMMENT ON COLUMN core.cola.sello IS 'AMQP timestamp, seconds since the epoch';
COMMENT ON COLUMN core.cola.entregas IS 'How often a consumer process ended with it in hand';

-- What each consumer process has in hand, so that the ids outlive the process. Unlogged: what a
-- crash of the server forgets is no evidence against a message.
CREATE UNLOGGED TABLE core.cola_tomas (
    tomador  uuid PRIMARY KEY,
    cola     text NOT NULL,
    pid      integer NOT NULL,
    iniciado timestamptz NOT NULL,
    ids      bigint[] NOT NULL
);
COMMENT ON COLUMN core.cola_tomas.pid IS 'Backend of the loading transaction, with its start';

-- How often a message was tried when its consumer ended: a classic queue does not count, and a quorum
-- queue counts what was prefetched too. Unlogged: losing it costs a poison message a few more lives.
CREATE UNLOGGED TABLE core.intentos (
    id       uuid PRIMARY KEY,
    intentos integer NOT NULL,
    ultimo   timestamptz NOT NULL DEFAULT now()
);
