-- What academico.tablas_v01.sql says of it is true of inscripciones and calificaciones only: the foreign
-- keys of a new partition lock alumnos and grupos against writers until the lote ends.
COMMENT ON FUNCTION academico.abrir_periodo IS
    'Da de alta un periodo y crea sus particiones de inscripciones y calificaciones. Hasta que termina la transacción nadie más escribe en alumnos ni en grupos; leer se puede.';
