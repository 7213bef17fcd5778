-- Every row carries the order it was written with (ocurrido_en, desempate) and the message it came
-- from (lote, id_mensaje, linea). A newer event replaces a row as a whole; an older one never does.

CREATE TABLE academico.periodos (
    id   text PRIMARY KEY CHECK (id ~ '^[0-9]{4}-?[A-Z0-9]{1,3}$'),
    anio integer GENERATED ALWAYS AS (left(id, 4)::integer) STORED
);

CREATE TABLE academico.maestros (
    id           bigint PRIMARY KEY CHECK (id > 0),
    nombre       text NOT NULL,
    especialidad text,
    ocurrido_en  timestamptz NOT NULL,
    desempate    bigint NOT NULL,
    lote         bigint NOT NULL,
    id_mensaje   uuid NOT NULL,
    linea        integer NOT NULL
);

CREATE TABLE academico.materias (
    id          bigint PRIMARY KEY CHECK (id > 0),
    nombre      text NOT NULL,
    creditos    numeric(6, 2) CHECK (creditos > 0),
    ocurrido_en timestamptz NOT NULL,
    desempate   bigint NOT NULL,
    lote        bigint NOT NULL,
    id_mensaje  uuid NOT NULL,
    linea       integer NOT NULL
);

CREATE TABLE academico.grupos (
    id           bigint PRIMARY KEY CHECK (id > 0),
    id_materia   bigint NOT NULL REFERENCES academico.materias,
    id_maestro   bigint REFERENCES academico.maestros,
    periodo      text NOT NULL REFERENCES academico.periodos,
    fecha_inicio date,
    ocurrido_en  timestamptz NOT NULL,
    desempate    bigint NOT NULL,
    lote         bigint NOT NULL,
    id_mensaje   uuid NOT NULL,
    linea        integer NOT NULL,
    UNIQUE (id, periodo)
);
CREATE INDEX grupos_periodo ON academico.grupos (periodo);
CREATE INDEX grupos_id_materia ON academico.grupos (id_materia);
CREATE INDEX grupos_id_maestro ON academico.grupos (id_maestro);

CREATE TABLE academico.alumnos (
    id          bigint PRIMARY KEY CHECK (id > 0),
    nombre      text NOT NULL,
    edad        integer CHECK (edad > 0),
    genero      text NOT NULL CHECK (genero IN ('M', 'F', 'X')),
    ocurrido_en timestamptz NOT NULL,
    desempate   bigint NOT NULL,
    lote        bigint NOT NULL,
    id_mensaje  uuid NOT NULL,
    linea       integer NOT NULL
);

-- The foreign key holds id_grupo and periodo together: when a group moves to another periodo its
-- rows move with it, and a merge that read the old periodo fails and is tried again.
CREATE TABLE academico.inscripciones (
    id_alumno         bigint NOT NULL REFERENCES academico.alumnos,
    id_grupo          bigint NOT NULL,
    fecha_inscripcion date,
    periodo           text NOT NULL,
    estado            text NOT NULL CHECK (estado IN ('inscrito', 'baja')),
    ocurrido_en       timestamptz NOT NULL,
    desempate         bigint NOT NULL,
    lote              bigint NOT NULL,
    id_mensaje        uuid NOT NULL,
    linea             integer NOT NULL,
    PRIMARY KEY (id_alumno, id_grupo, periodo),
    FOREIGN KEY (id_grupo, periodo) REFERENCES academico.grupos (id, periodo) ON UPDATE CASCADE
) PARTITION BY LIST (periodo);
CREATE INDEX inscripciones_id_grupo ON academico.inscripciones (id_grupo);

CREATE TABLE academico.calificaciones (
    id_alumno      bigint NOT NULL REFERENCES academico.alumnos,
    id_grupo       bigint NOT NULL,
    calificacion   numeric(4, 2) NOT NULL CHECK (calificacion BETWEEN 0 AND 10),
    fecha_registro date,
    periodo        text NOT NULL,
    ocurrido_en    timestamptz NOT NULL,
    desempate      bigint NOT NULL,
    lote           bigint NOT NULL,
    id_mensaje     uuid NOT NULL,
    linea          integer NOT NULL,
    PRIMARY KEY (id_alumno, id_grupo, periodo),
    FOREIGN KEY (id_grupo, periodo) REFERENCES academico.grupos (id, periodo) ON UPDATE CASCADE
) PARTITION BY LIST (periodo);
CREATE INDEX calificaciones_id_grupo ON academico.calificaciones (id_grupo);

CREATE TABLE academico.evaluaciones (
    id_alumno    bigint NOT NULL REFERENCES academico.alumnos,
    id_grupo     bigint NOT NULL REFERENCES academico.grupos,
    evaluacion   text NOT NULL,
    calificacion numeric NOT NULL CHECK (calificacion BETWEEN 0 AND 10),
    peso         numeric CHECK (peso BETWEEN 0 AND 1),
    fecha        date,
    ocurrido_en  timestamptz NOT NULL,
    desempate    bigint NOT NULL,
    lote         bigint NOT NULL,
    id_mensaje   uuid NOT NULL,
    linea        integer NOT NULL,
    PRIMARY KEY (id_alumno, id_grupo, evaluacion)
);
CREATE INDEX evaluaciones_id_grupo ON academico.evaluaciones (id_grupo);

-- Makes a periodo known, with its partitions. Attaching blocks no reader and no writer.
CREATE FUNCTION academico.abrir_periodo(p_periodo text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_tabla text;
BEGIN
    IF EXISTS (SELECT FROM academico.periodos WHERE id = p_periodo) THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('academico.periodo'));
    IF EXISTS (SELECT FROM academico.periodos WHERE id = p_periodo) THEN
        RETURN;
    END IF;
    FOREACH v_tabla IN ARRAY ARRAY['inscripciones', 'calificaciones'] LOOP
        EXECUTE format('CREATE TABLE academico.%I (LIKE academico.%I INCLUDING ALL)',
                       v_tabla || '_' || p_periodo, v_tabla);
        EXECUTE format('ALTER TABLE academico.%I ATTACH PARTITION academico.%I FOR VALUES IN (%L)',
                       v_tabla, v_tabla || '_' || p_periodo, p_periodo);
    END LOOP;
    INSERT INTO academico.periodos (id) VALUES (p_periodo);
END
$$;
