-- id: inscripcion_reactivada
-- entidad: inscripcion
-- tabla: academico.inscripciones
-- severidad: warn
-- titulo: Alumno inscrito de nuevo después de una baja
-- significa: La inscripción estuvo dada de baja y hoy vuelve a estar vigente, en el mismo grupo.
-- importa: Una baja que se deshace cambia la matrícula y la deserción del periodo; sin autorización
--   puede ser un error de captura, o un evento viejo enviado con fecha nueva.
-- remedio: Vea quién y cuándo con `academico audit show inscripcion ALUMNO/GRUPO`. Si control
--   escolar no lo autorizó, envíe la inscripcion con estado baja.
-- columnas: id_alumno, id_grupo, periodo, reactivada_el
-- llave: id_alumno, id_grupo
-- padre: id_grupo
WITH vuelta AS (
    SELECT DISTINCT ON (a.id_alumno, a.clave)
        a.id_alumno, (a.clave ->> 'id_grupo')::bigint AS id_grupo,
        (a.ocurrido_en AT TIME ZONE 'UTC')::date AS reactivada_el, a.lote, a.id_mensaje
    FROM core.auditoria AS a
    WHERE a.tabla = 'inscripciones' AND a.anterior ->> 'estado' = 'baja' AND a.nuevo ->> 'estado' = 'inscrito'
    ORDER BY a.id_alumno, a.clave, a.id DESC
)
SELECT v.id_alumno, v.id_grupo, i.periodo, v.reactivada_el, v.lote, v.id_mensaje
FROM vuelta AS v
INNER JOIN academico.inscripciones AS i ON i.id_alumno = v.id_alumno AND i.id_grupo = v.id_grupo
WHERE i.estado = 'inscrito'
