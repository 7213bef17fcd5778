-- squawk-ignore-file ban-drop-function
-- As before changes were audited.
DROP FUNCTION core.auditar_maestros() CASCADE;
DROP FUNCTION core.auditar_materias() CASCADE;
DROP FUNCTION core.auditar_grupos() CASCADE;
DROP FUNCTION core.auditar_alumnos() CASCADE;
DROP FUNCTION core.auditar_inscripciones() CASCADE;
DROP FUNCTION core.auditar_calificaciones() CASCADE;
DROP FUNCTION core.auditar_evaluaciones() CASCADE;
