-- Every change of a stored value, told by the table that changed (core.auditar_v01.sql). Neither updated nor deleted:
-- erasing a person empties id_alumno, clave, anterior, nuevo and sal, and leaves the rest.
-- id_alumno is 0 for what is about no student, so that each key about one contains it.
CREATE TABLE core.auditoria (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    id_alumno     bigint NOT NULL DEFAULT 0,
    tabla         text NOT NULL,
    clave         jsonb,
    anterior      jsonb,
    nuevo         jsonb,
    lote          bigint NOT NULL,
    origen        bigint NOT NULL,
    id_mensaje    uuid NOT NULL,
    linea         integer NOT NULL,
    ocurrido_en   timestamptz NOT NULL,
    registrado_en timestamptz NOT NULL DEFAULT now(),
    actor         text NOT NULL DEFAULT session_user,
    sal           uuid,
    huella        bytea NOT NULL,
    PRIMARY KEY (id_alumno, id)
);
CREATE INDEX auditoria_lote ON core.auditoria (lote);
COMMENT ON COLUMN core.auditoria.lote IS 'The lote that changed it; origen is the one that its event was delivered in';

-- Lotes that were committed and are not in the chain yet. The transaction of a lote adds it, so that
-- none is forgotten whenever a process dies, and sealing costs as much as there is to seal.
CREATE TABLE core.por_sellar (
    lote bigint PRIMARY KEY
);

-- The chain. huella = SHA-256 of previo and contenido; previo is the huella before it. contenido says
-- what a lote did, in readable JSON without personal data; or which erasures were done
-- (lote is null; lapida is the last of them).
CREATE TABLE core.sellos (
    sello      bigint PRIMARY KEY CHECK (sello > 0),
    lote       bigint UNIQUE,
    lapida     bigint UNIQUE,
    previo     bytea NOT NULL,
    contenido  text NOT NULL,
    huella     bytea NOT NULL,
    sellado_en timestamptz NOT NULL DEFAULT now(),
    actor      text NOT NULL DEFAULT session_user
);

-- The SHA-256 of each row that a lote wrote, so that verify can name the one that differs. The salt of
-- a row is erased along with it: what is left of the row tells nothing to whoever guesses its content.
CREATE TABLE core.huellas (
    lote    bigint NOT NULL,
    tabla   text NOT NULL CHECK (tabla IN ('raw.mensajes', 'raw.conflictos', 'stg.rechazos', 'core.auditoria')),
    claves  bigint[] NOT NULL,
    sales   bytea[],
    huellas bytea[] NOT NULL,
    PRIMARY KEY (lote, tabla)
);
-- Random bytes: there is nothing to compress.
ALTER TABLE core.huellas ALTER COLUMN sales SET STORAGE EXTERNAL, ALTER COLUMN huellas SET STORAGE EXTERNAL;

-- What was taken away on purpose, and when; sealed like a lote. huella is what core.huellas says of the
-- row as it was, reemplazo what the row that is left amounts to (null: nothing is left). A month that
-- retention dropped is one row with clave null.
CREATE TABLE core.lapidas (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tabla     text NOT NULL,
    lote      bigint,
    clave     bigint,
    mes       date CHECK (extract(day FROM mes) = 1),
    huella    bytea,
    reemplazo bytea,
    motivo    text NOT NULL,
    borrado_en timestamptz NOT NULL DEFAULT now(),
    actor     text NOT NULL DEFAULT session_user,
    CHECK ((mes IS NULL) = (lote IS NOT NULL AND clave IS NOT NULL AND huella IS NOT NULL))
);
CREATE INDEX lapidas_fila ON core.lapidas (lote, tabla, clave);

-- By lote and not by its order of writing: por_lote grows with it, which is all that BRIN needs.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX destinos_por_lote ON core.destinos USING brin (por_lote) WITH (pages_per_range = 16, autosummarize = on);

-- What was committed before there was a chain is sealed first.
INSERT INTO core.por_sellar (lote) SELECT lote FROM core.lotes;

-- For the data dictionary.
COMMENT ON TABLE core.auditoria IS
    'Cada cambio de un valor guardado (no los primeros valores), con el valor que había. No se actualiza ni se borra; al borrar a una persona se vacía.';
COMMENT ON COLUMN core.auditoria.id IS 'Número del cambio; de una misma clave, crece con el tiempo.';
COMMENT ON COLUMN core.auditoria.id_alumno IS 'Alumno del que trata; 0 si no trata de ninguno o si se borró.';
COMMENT ON COLUMN core.auditoria.tabla IS 'Tabla de academico que cambió.';
COMMENT ON COLUMN core.auditoria.clave IS 'Clave de la fila que cambió; nula si se borró a la persona.';
COMMENT ON COLUMN core.auditoria.anterior IS 'Los valores que había; nulo si se borró a la persona.';
COMMENT ON COLUMN core.auditoria.nuevo IS 'Los valores que quedaron; nulo si se borró a la persona.';
COMMENT ON COLUMN core.auditoria.lote IS 'Lote que hizo el cambio; 0 si no fue una fusión sino alguien, a mano.';
COMMENT ON COLUMN core.auditoria.origen IS 'Lote en que se recibió el evento.';
COMMENT ON COLUMN core.auditoria.id_mensaje IS 'Mensaje del que viene el valor nuevo.';
COMMENT ON COLUMN core.auditoria.linea IS 'Línea del mensaje; 0 si trae un solo evento.';
COMMENT ON COLUMN core.auditoria.ocurrido_en IS 'Cuándo ocurrió, según el evento.';
COMMENT ON COLUMN core.auditoria.registrado_en IS 'Inicio de la transacción que hizo el cambio.';
COMMENT ON COLUMN core.auditoria.actor IS 'Usuario de la base de datos que lo hizo.';
COMMENT ON COLUMN core.auditoria.sal IS 'Número al azar que se borra junto con el contenido.';
COMMENT ON COLUMN core.auditoria.huella IS 'SHA-256 de sal, id_alumno, clave, anterior y nuevo; queda cuando ellos se borran.';
COMMENT ON TABLE core.por_sellar IS
    'Lotes confirmados que aún no están en la cadena de sellos.';
COMMENT ON COLUMN core.por_sellar.lote IS 'Lote confirmado.';
COMMENT ON TABLE core.sellos IS
    'Cadena de sellos SHA-256: cada uno dice qué hizo un lote, o qué se borró a propósito, y encadena el anterior.';
COMMENT ON COLUMN core.sellos.sello IS 'Lugar en la cadena, sin huecos.';
COMMENT ON COLUMN core.sellos.lote IS 'Lote sellado; nulo si el sello es de borrados.';
COMMENT ON COLUMN core.sellos.lapida IS 'Última lápida que contiene; nulo si el sello es de un lote.';
COMMENT ON COLUMN core.sellos.previo IS 'Huella del sello anterior; vacía en el primero.';
COMMENT ON COLUMN core.sellos.contenido IS 'Qué se selló, en JSON y sin datos personales.';
COMMENT ON COLUMN core.sellos.huella IS 'SHA-256 de previo y contenido.';
COMMENT ON COLUMN core.sellos.sellado_en IS 'Cuándo se selló.';
COMMENT ON COLUMN core.sellos.actor IS 'Usuario de la base de datos que selló.';
COMMENT ON TABLE core.huellas IS
    'SHA-256 de cada fila que escribió un lote, para nombrar la que se altere.';
COMMENT ON COLUMN core.huellas.lote IS 'Lote que escribió las filas.';
COMMENT ON COLUMN core.huellas.tabla IS 'Tabla de las filas.';
COMMENT ON COLUMN core.huellas.claves IS 'n de cada mensaje o conflicto; id de cada rechazo o cambio.';
COMMENT ON COLUMN core.huellas.sales IS 'Un número al azar por fila, que se borra junto con su contenido.';
COMMENT ON COLUMN core.huellas.huellas IS 'SHA-256 de cada fila con su sal.';
COMMENT ON TABLE core.lapidas IS
    'Lo que se quitó a propósito: contenidos borrados y meses que la retención retiró.';
COMMENT ON COLUMN core.lapidas.id IS 'Número de la lápida.';
COMMENT ON COLUMN core.lapidas.tabla IS 'Tabla de la que se quitó.';
COMMENT ON COLUMN core.lapidas.lote IS 'Lote de la fila; nulo si es un mes entero.';
COMMENT ON COLUMN core.lapidas.clave IS 'Clave de la fila en core.huellas; nulo si es un mes entero.';
COMMENT ON COLUMN core.lapidas.mes IS 'Mes que se retiró entero; nulo si es una fila.';
COMMENT ON COLUMN core.lapidas.huella IS 'Lo que la cadena dice de la fila como era; vacía si no existía.';
COMMENT ON COLUMN core.lapidas.reemplazo IS 'SHA-256 de lo que quedó en su lugar.';
COMMENT ON COLUMN core.lapidas.motivo IS 'Por qué se quitó.';
COMMENT ON COLUMN core.lapidas.borrado_en IS 'Cuándo se quitó.';
COMMENT ON COLUMN core.lapidas.actor IS 'Usuario de la base de datos que lo quitó.';
