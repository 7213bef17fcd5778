-- As in academico.tablas_v01.sql.
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX academico.inscripciones_id_grupo;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX inscripciones_id_grupo ON academico.inscripciones (id_grupo);
