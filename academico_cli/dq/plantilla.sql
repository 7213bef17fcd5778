-- id: {id}
-- entidad: calificacion
-- tabla: academico.calificaciones
-- severidad: warn
-- titulo: Lo que falla, en pocas palabras
-- significa: Qué dice de los datos que una fila falle. Una línea larga sigue
--   en la de abajo, con dos espacios o más tras los guiones.
-- importa: Cuándo importa, y qué cifra es falsa mientras tanto.
-- remedio: Qué hacer, paso por paso, y quién.
-- umbral: 0
-- columnas: id_alumno, id_grupo
-- padre: id_grupo
SELECT
    c.id_alumno,
    c.id_grupo,
    -- Llevan hasta el mensaje del que vino la fila; sin ellas no se busca la causa en él.
    c.lote,
    c.id_mensaje
FROM academico.calificaciones AS c
WHERE c.calificacion = 10 AND c.fecha_registro IS NULL
