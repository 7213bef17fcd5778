-- Typed rows of the lote that is being merged. lote is the transaction that carries a row, origen
-- the lote that it was delivered in: they differ when a parked event is taken up again.
-- Unlogged: after a crash the lote is delivered anew, so there is nothing here worth recovering.
CREATE UNLOGGED TABLE stg.maestros_upsert (
    lote bigint NOT NULL, origen bigint NOT NULL, n integer NOT NULL, linea integer NOT NULL,
    id_mensaje uuid NOT NULL, ocurrido_en timestamptz NOT NULL, desempate bigint NOT NULL,
    id_maestro bigint NOT NULL, nombre text NOT NULL, especialidad text
);
CREATE UNLOGGED TABLE stg.materias_upsert (
    lote bigint NOT NULL, origen bigint NOT NULL, n integer NOT NULL, linea integer NOT NULL,
    id_mensaje uuid NOT NULL, ocurrido_en timestamptz NOT NULL, desempate bigint NOT NULL,
    id_materia bigint NOT NULL, nombre text NOT NULL, creditos numeric(6, 2)
);
CREATE UNLOGGED TABLE stg.grupos_upsert (
    lote bigint NOT NULL, origen bigint NOT NULL, n integer NOT NULL, linea integer NOT NULL,
    id_mensaje uuid NOT NULL, ocurrido_en timestamptz NOT NULL, desempate bigint NOT NULL,
    id_grupo bigint NOT NULL, id_materia bigint NOT NULL, id_maestro bigint,
    periodo text NOT NULL, fecha_inicio date
);
CREATE UNLOGGED TABLE stg.alumnos_upsert (
    lote bigint NOT NULL, origen bigint NOT NULL, n integer NOT NULL, linea integer NOT NULL,
    id_mensaje uuid NOT NULL, ocurrido_en timestamptz NOT NULL, desempate bigint NOT NULL,
    id_alumno bigint NOT NULL, nombre text NOT NULL, edad integer, genero text NOT NULL
);
CREATE UNLOGGED TABLE stg.inscripciones_event (
    lote bigint NOT NULL, origen bigint NOT NULL, n integer NOT NULL, linea integer NOT NULL,
    id_mensaje uuid NOT NULL, ocurrido_en timestamptz NOT NULL, desempate bigint NOT NULL,
    id_alumno bigint NOT NULL, id_grupo bigint NOT NULL, fecha_inscripcion date, estado text NOT NULL
);
CREATE UNLOGGED TABLE stg.calificaciones_event (
    lote bigint NOT NULL, origen bigint NOT NULL, n integer NOT NULL, linea integer NOT NULL,
    id_mensaje uuid NOT NULL, ocurrido_en timestamptz NOT NULL, desempate bigint NOT NULL,
    id_alumno bigint NOT NULL, id_grupo bigint NOT NULL,
    calificacion numeric(4, 2) NOT NULL, fecha_registro date
);
CREATE UNLOGGED TABLE stg.evaluaciones_event (
    lote bigint NOT NULL, origen bigint NOT NULL, n integer NOT NULL, linea integer NOT NULL,
    id_mensaje uuid NOT NULL, ocurrido_en timestamptz NOT NULL, desempate bigint NOT NULL,
    id_alumno bigint NOT NULL, id_grupo bigint NOT NULL, evaluacion text NOT NULL,
    calificacion numeric NOT NULL, peso numeric, fecha date
);
CREATE INDEX maestros_upsert_lote ON stg.maestros_upsert (lote);
CREATE INDEX materias_upsert_lote ON stg.materias_upsert (lote);
CREATE INDEX grupos_upsert_lote ON stg.grupos_upsert (lote);
CREATE INDEX alumnos_upsert_lote ON stg.alumnos_upsert (lote);
CREATE INDEX inscripciones_event_lote ON stg.inscripciones_event (lote);
CREATE INDEX calificaciones_event_lote ON stg.calificaciones_event (lote);
CREATE INDEX evaluaciones_event_lote ON stg.evaluaciones_event (lote);

-- Events that broke the contract, verbatim, with each field's error. Never deleted.
CREATE TABLE stg.rechazos (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lote        bigint NOT NULL,
    n           integer NOT NULL,
    linea       integer NOT NULL,
    id_mensaje  uuid NOT NULL,
    entidad     text NOT NULL,
    motivo      text NOT NULL,
    campo       text,
    errores     jsonb NOT NULL,
    cuerpo      bytea NOT NULL,
    recibido_en timestamptz NOT NULL,
    estado      text NOT NULL DEFAULT 'abierto'
                CHECK (estado IN ('abierto', 'reintentado', 'descartado')),
    cerrado_en  timestamptz,
    correccion  bytea
);
COMMENT ON COLUMN stg.rechazos.correccion IS
    'The body that was accepted in place of cuerpo, for a replay to apply again';
CREATE INDEX rechazos_lote ON stg.rechazos (lote);
CREATE INDEX rechazos_motivo ON stg.rechazos (motivo, entidad) WHERE estado = 'abierto';

-- Valid events whose parent has not arrived: evento is the staged row.
CREATE TABLE stg.pendientes (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lote        bigint NOT NULL,
    n           integer NOT NULL,
    linea       integer NOT NULL,
    entidad     text NOT NULL,
    padre       text NOT NULL CHECK (padre IN ('maestro', 'materia', 'grupo', 'alumno')),
    id_padre    bigint NOT NULL,
    evento      jsonb NOT NULL,
    desde       timestamptz NOT NULL
);
CREATE INDEX pendientes_padre ON stg.pendientes (padre, id_padre);
CREATE INDEX pendientes_lote ON stg.pendientes (lote);
