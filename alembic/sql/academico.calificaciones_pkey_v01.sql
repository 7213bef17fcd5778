-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid, adding-serial-primary-key-field
ALTER TABLE academico.calificaciones
    DROP CONSTRAINT calificaciones_pkey,
    ADD CONSTRAINT calificaciones_pkey PRIMARY KEY (id_alumno, id_grupo, periodo);
