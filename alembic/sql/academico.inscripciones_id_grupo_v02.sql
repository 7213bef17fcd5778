-- With estado in it, the enrolments of a grupo are counted without reading their rows.
-- An index of a partitioned table cannot be dropped or made concurrently.
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX academico.inscripciones_id_grupo;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX inscripciones_id_grupo ON academico.inscripciones (id_grupo, estado);
