-- id: evaluacion_sobre_el_maximo
-- entidad: evaluacion
-- tabla: stg.rechazos
-- severidad: error
-- titulo: Evaluación con más puntos ganados que posibles
-- significa: La evaluación pasa de 10: se ganaron más puntos de los que había. Fue rechazada, no
--   recortada.
-- importa: O los puntos extra van en otra columna, o los puntos posibles están mal; recortarla a 10
--   sería inventar un dato.
-- remedio: Vea el mensaje con `academico dlq show ID`, pregunte al maestro los puntos correctos y
--   reenvíe la evaluación; luego descarte el rechazo.
-- columnas: id, lote, linea
-- llave: id
-- padre: lote
-- total: SELECT count(*) FROM academico.evaluaciones
SELECT id, lote, linea
FROM stg.rechazos
WHERE estado = 'abierto' AND entidad = 'evaluacion'
    AND errores @> '[{"campo": "calificacion", "motivo": "valor_invalido"}]'
    AND CASE WHEN cuerpo IS JSON OBJECT THEN
        CASE WHEN jsonb_typeof(convert_from(cuerpo, 'UTF8')::jsonb -> 'calificacion') = 'number'
            THEN (convert_from(cuerpo, 'UTF8')::jsonb ->> 'calificacion')::numeric > 10
        END
    END
