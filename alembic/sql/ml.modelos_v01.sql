-- The registry of risk models. A model's file lies outside the database, in ACADEMICO_HOME/modelos;
-- its SHA-256 is kept here, and a file that does not match is never loaded.
CREATE TABLE ml.modelos (
    id                     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    algoritmo              text NOT NULL,
    objetivo               text NOT NULL,
    dia_corte              integer,
    cortes                 jsonb NOT NULL,
    periodos_entrenamiento text[] NOT NULL,
    periodos_validacion    text[] NOT NULL,
    periodos_prueba        text[] NOT NULL,
    semilla                bigint NOT NULL,
    parametros             jsonb NOT NULL,
    caracteristicas        text[] NOT NULL,
    huella_datos           bytea NOT NULL,
    version_codigo         text NOT NULL,
    metricas               jsonb NOT NULL,
    referencia             jsonb NOT NULL,
    ficha                  text NOT NULL,
    archivo                text NOT NULL,
    huella_archivo         bytea NOT NULL CHECK (length(huella_archivo) = 32),
    supera_bases           boolean NOT NULL,
    estado                 text NOT NULL DEFAULT 'entrenado'
        CHECK (estado IN ('entrenado', 'en_uso', 'retirado')),
    actor                  text NOT NULL DEFAULT session_user,
    creado_en              timestamptz NOT NULL DEFAULT clock_timestamp(),
    predicho_en            timestamptz
);
CREATE UNIQUE INDEX modelos_en_uso ON ml.modelos (estado) WHERE estado = 'en_uso';

COMMENT ON TABLE ml.modelos IS
    'Registro de los modelos de riesgo: con qué se entrenó cada uno, qué tan bien acierta y qué archivo es.';
COMMENT ON COLUMN ml.modelos.id IS 'Número del modelo.';
COMMENT ON COLUMN ml.modelos.algoritmo IS 'random_forest, logistic o hist_gradient.';
COMMENT ON COLUMN ml.modelos.objetivo IS 'Qué se llama estar en riesgo: reprueba, baja, reprueba_o_baja o promedio_bajo.';
COMMENT ON COLUMN ml.modelos.dia_corte IS
    'Días desde el inicio del periodo que se conocen; nulo: solo hasta el fin del periodo anterior.';
COMMENT ON COLUMN ml.modelos.cortes IS 'Periodo -> fecha de corte: lo de ese día o después no se conocía.';
COMMENT ON COLUMN ml.modelos.periodos_entrenamiento IS 'Periodos de los que aprendió.';
COMMENT ON COLUMN ml.modelos.periodos_validacion IS 'Periodos con los que se eligió entre los candidatos.';
COMMENT ON COLUMN ml.modelos.periodos_prueba IS 'Periodos con los que se midió y de los que no aprendió nada.';
COMMENT ON COLUMN ml.modelos.semilla IS 'Semilla del azar: la misma, con los mismos datos, da el mismo modelo.';
COMMENT ON COLUMN ml.modelos.parametros IS 'Parámetros del algoritmo, de la calibración y umbrales.';
COMMENT ON COLUMN ml.modelos.caracteristicas IS 'Lo que el modelo mira de cada alumno, en su orden.';
COMMENT ON COLUMN ml.modelos.huella_datos IS 'SHA-256 de los datos de los que aprendió.';
COMMENT ON COLUMN ml.modelos.version_codigo IS 'Versiones de academico y de scikit-learn.';
COMMENT ON COLUMN ml.modelos.metricas IS 'Qué tan bien acierta en los periodos de prueba, con los puntos de sus curvas.';
COMMENT ON COLUMN ml.modelos.referencia IS 'Cómo se repartía cada característica al entrenar, para notar si cambia.';
COMMENT ON COLUMN ml.modelos.ficha IS 'Ficha del modelo en Markdown: para qué sirve y para qué no debe usarse.';
COMMENT ON COLUMN ml.modelos.archivo IS 'Nombre del archivo en la carpeta modelos de ACADEMICO_HOME.';
COMMENT ON COLUMN ml.modelos.huella_archivo IS 'SHA-256 del archivo: uno que no coincide no se carga.';
COMMENT ON COLUMN ml.modelos.supera_bases IS 'Si en la prueba acierta más que la mejor regla simple, con 95 % de confianza.';
COMMENT ON COLUMN ml.modelos.estado IS 'entrenado, en_uso (uno a lo más) o retirado.';
COMMENT ON COLUMN ml.modelos.actor IS 'Usuario de la base de datos que lo entrenó.';
COMMENT ON COLUMN ml.modelos.creado_en IS 'Cuándo se entrenó.';
COMMENT ON COLUMN ml.modelos.predicho_en IS 'Cuándo se usó por última vez para predecir; nulo si nunca.';

CREATE TABLE ml.promociones (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    modelo       bigint NOT NULL REFERENCES ml.modelos,
    actor        text NOT NULL DEFAULT session_user,
    promovido_en timestamptz NOT NULL DEFAULT clock_timestamp(),
    revertido_en timestamptz
);
CREATE INDEX promociones_modelo ON ml.promociones (modelo);

COMMENT ON TABLE ml.promociones IS 'Cada vez que un modelo se puso en uso; la última sin revertir es la vigente.';
COMMENT ON COLUMN ml.promociones.id IS 'Número de la promoción.';
COMMENT ON COLUMN ml.promociones.modelo IS 'Modelo que se puso en uso.';
COMMENT ON COLUMN ml.promociones.actor IS 'Usuario de la base de datos que lo hizo.';
COMMENT ON COLUMN ml.promociones.promovido_en IS 'Cuándo se puso en uso.';
COMMENT ON COLUMN ml.promociones.revertido_en IS 'Cuándo se volvió al modelo anterior; nulo si no se ha revertido.';
