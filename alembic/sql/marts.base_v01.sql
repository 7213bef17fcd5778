-- Sums and counts from which every mart is read. They are kept per periodo: a refresh recomputes
-- the periodos that changed and leaves the others alone. suma is the exact sum of the grades.
CREATE TABLE marts.base_grupos (
    id_grupo       bigint PRIMARY KEY,
    periodo        text NOT NULL,
    id_materia     bigint NOT NULL,
    id_maestro     bigint,
    inscritos      bigint NOT NULL,
    bajas          bigint NOT NULL,
    calificaciones bigint NOT NULL,
    aprobados      bigint NOT NULL,
    suma           numeric NOT NULL
);
CREATE INDEX base_grupos_periodo ON marts.base_grupos (periodo, id_grupo);

CREATE TABLE marts.base_materias (
    periodo        text NOT NULL,
    id_materia     bigint NOT NULL,
    grupos         bigint NOT NULL,
    inscritos      bigint NOT NULL,
    bajas          bigint NOT NULL,
    calificaciones bigint NOT NULL,
    aprobados      bigint NOT NULL,
    suma           numeric NOT NULL,
    PRIMARY KEY (periodo, id_materia)
);

CREATE TABLE marts.base_maestros (
    periodo        text NOT NULL,
    id_maestro     bigint NOT NULL,
    grupos         bigint NOT NULL,
    inscritos      bigint NOT NULL,
    bajas          bigint NOT NULL,
    calificaciones bigint NOT NULL,
    aprobados      bigint NOT NULL,
    suma           numeric NOT NULL,
    PRIMARY KEY (periodo, id_maestro)
);

-- Only those at risk: a tenth of the students, so a refresh writes a tenth of what it read.
CREATE TABLE marts.base_riesgo (
    periodo        text NOT NULL,
    id_alumno      bigint NOT NULL,
    calificaciones bigint NOT NULL,
    promedio       numeric(4, 2) NOT NULL,
    PRIMARY KEY (periodo, id_alumno)
);
CREATE INDEX base_riesgo_orden
    ON marts.base_riesgo (periodo COLLATE "C" DESC, promedio, id_alumno);

-- The parameters that the marts were last computed with; others in core.parametros mean that
-- everything is to be recomputed.
CREATE TABLE marts.parametros (
    nombre text PRIMARY KEY,
    valor  numeric NOT NULL
);

-- The last refresh of each mart. periodos: how many of them it had to recompute.
CREATE TABLE marts.refrescos (
    mart          text PRIMARY KEY,
    refrescado_en timestamptz NOT NULL,
    filas         bigint NOT NULL,
    periodos      bigint NOT NULL,
    duracion      interval NOT NULL
);

CREATE FUNCTION marts.promedio(p_suma numeric, p_n bigint) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round(p_suma / nullif(p_n, 0), 2);

CREATE FUNCTION marts.tasa(p_parte bigint, p_todo bigint) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round(p_parte::numeric / nullif(p_todo, 0), 4);
