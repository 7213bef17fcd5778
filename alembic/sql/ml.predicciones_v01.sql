-- What a model said of each alumno of a periodo on its cut-off. A model has one cut-off a periodo,
-- so predicting again replaces what it said before.
CREATE TABLE ml.predicciones (
    id_alumno    bigint NOT NULL,
    periodo      text NOT NULL,
    modelo       bigint NOT NULL REFERENCES ml.modelos,
    corte        date NOT NULL,
    probabilidad double precision CHECK (probabilidad BETWEEN 0 AND 1),
    banda        text NOT NULL CHECK (banda IN ('alto', 'medio', 'bajo', 'sin_informacion')),
    seleccionado boolean NOT NULL,
    informacion  double precision NOT NULL,
    razones      text[] NOT NULL,
    calculada_en timestamptz NOT NULL,
    PRIMARY KEY (id_alumno, periodo, modelo),
    CHECK ((probabilidad IS NULL) = (banda = 'sin_informacion'))
);
CREATE INDEX predicciones_modelo ON ml.predicciones (modelo, periodo);

COMMENT ON TABLE ml.predicciones IS
    'Lo que un modelo dijo de cada alumno de un periodo con lo que se sabía en la fecha de corte.';
COMMENT ON COLUMN ml.predicciones.id_alumno IS 'Alumno.';
COMMENT ON COLUMN ml.predicciones.periodo IS 'Periodo.';
COMMENT ON COLUMN ml.predicciones.modelo IS 'Modelo que lo dijo.';
COMMENT ON COLUMN ml.predicciones.corte IS 'Fecha de corte: lo de ese día o después no se conocía.';
COMMENT ON COLUMN ml.predicciones.probabilidad IS
    'Probabilidad de estar en riesgo; nula cuando se sabe tan poco que el modelo se abstiene.';
COMMENT ON COLUMN ml.predicciones.banda IS 'alto, medio, bajo o sin_informacion.';
COMMENT ON COLUMN ml.predicciones.seleccionado IS 'Si está entre los que un tutor alcanza a atender.';
COMMENT ON COLUMN ml.predicciones.informacion IS
    'Parte de lo que el modelo mira que se conocía de este alumno, de 0 a 1.';
COMMENT ON COLUMN ml.predicciones.razones IS 'Lo que más sube su riesgo, en palabras.';
COMMENT ON COLUMN ml.predicciones.calculada_en IS 'Cuándo se calculó.';

CREATE TABLE ml.deriva (
    modelo         bigint NOT NULL REFERENCES ml.modelos,
    periodo        text NOT NULL,
    caracteristica text NOT NULL,
    psi            double precision NOT NULL,
    ks             double precision NOT NULL,
    categoria      text NOT NULL CHECK (categoria IN ('estable', 'moderada', 'fuerte')),
    alumnos        bigint NOT NULL,
    calculada_en   timestamptz NOT NULL,
    PRIMARY KEY (modelo, periodo, caracteristica)
);

COMMENT ON TABLE ml.deriva IS
    'Cuánto se aparta cada característica de un periodo de cómo era al entrenar el modelo.';
COMMENT ON COLUMN ml.deriva.modelo IS 'Modelo.';
COMMENT ON COLUMN ml.deriva.periodo IS 'Periodo que se comparó.';
COMMENT ON COLUMN ml.deriva.caracteristica IS 'Lo que el modelo mira; probabilidad es lo que dice.';
COMMENT ON COLUMN ml.deriva.psi IS 'Índice de estabilidad de la población: 0 es igual.';
COMMENT ON COLUMN ml.deriva.ks IS 'Mayor distancia entre las dos distribuciones, de 0 a 1.';
COMMENT ON COLUMN ml.deriva.categoria IS
    'estable, moderada (PSI desde 0.10) o fuerte (desde 0.25); lo que el azar explica es estable.';
COMMENT ON COLUMN ml.deriva.alumnos IS 'Alumnos del periodo que se compararon.';
COMMENT ON COLUMN ml.deriva.calculada_en IS 'Cuándo se calculó.';

CREATE TABLE ml.seguimiento (
    modelo       bigint NOT NULL REFERENCES ml.modelos,
    periodo      text NOT NULL,
    alumnos      bigint NOT NULL,
    esperado     double precision NOT NULL,
    observado    double precision NOT NULL,
    brier        double precision NOT NULL,
    ece          double precision NOT NULL,
    calibrado    boolean NOT NULL,
    calculada_en timestamptz NOT NULL,
    PRIMARY KEY (modelo, periodo)
);

COMMENT ON TABLE ml.seguimiento IS
    'Lo que se predijo de cada periodo junto a lo que pasó, cuando ya se sabe.';
COMMENT ON COLUMN ml.seguimiento.modelo IS 'Modelo.';
COMMENT ON COLUMN ml.seguimiento.periodo IS 'Periodo.';
COMMENT ON COLUMN ml.seguimiento.alumnos IS 'Alumnos con predicción y desenlace.';
COMMENT ON COLUMN ml.seguimiento.esperado IS 'Media de las probabilidades.';
COMMENT ON COLUMN ml.seguimiento.observado IS 'Parte que estuvo en riesgo.';
COMMENT ON COLUMN ml.seguimiento.brier IS 'Error cuadrático medio de las probabilidades.';
COMMENT ON COLUMN ml.seguimiento.ece IS 'Error de calibración esperado.';
COMMENT ON COLUMN ml.seguimiento.calibrado IS
    'Falso cuando lo observado se aparta de lo esperado más de lo que el azar explica.';
COMMENT ON COLUMN ml.seguimiento.calculada_en IS 'Cuándo se calculó.';
