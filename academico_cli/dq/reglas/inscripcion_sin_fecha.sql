-- id: inscripcion_sin_fecha
-- entidad: inscripcion
-- tabla: academico.inscripciones
-- severidad: warn
-- titulo: Inscripciones sin fecha
-- significa: Más de una de cada veinte inscripciones no tiene fecha.
-- importa: No se puede probar que el alumno estaba inscrito cuando se le calificó.
-- remedio: Recupere la fecha del comprobante de inscripción y envíe de nuevo el evento inscripcion
--   con fecha_inscripcion.
-- umbral: 5%
-- columnas: id_alumno, id_grupo, periodo
-- llave: id_alumno, id_grupo
-- padre: id_grupo
SELECT id_alumno, id_grupo, periodo, lote, id_mensaje
FROM academico.inscripciones
WHERE fecha_inscripcion IS NULL
