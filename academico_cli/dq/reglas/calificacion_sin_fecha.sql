-- id: calificacion_sin_fecha
-- entidad: calificacion
-- tabla: academico.calificaciones
-- severidad: warn
-- titulo: Calificaciones sin fecha de registro
-- significa: Más de una de cada veinte calificaciones finales no dice cuándo se registró.
-- importa: Un auditor no puede comprobar que se registró dentro del plazo del acta.
-- remedio: Tome la fecha del acta y envíe de nuevo el evento calificacion con fecha_registro.
-- umbral: 5%
-- columnas: id_alumno, id_grupo, periodo
-- llave: id_alumno, id_grupo
-- padre: id_grupo
SELECT id_alumno, id_grupo, periodo, lote, id_mensaje
FROM academico.calificaciones
WHERE fecha_registro IS NULL
