-- id: mensaje_mortal
-- entidad: flujo
-- tabla: stg.rechazos
-- severidad: error
-- titulo: Mensaje que mata a quien lo lee
-- significa: El mensaje hizo caer a su consumidor una y otra vez y quedó apartado sin leer.
-- importa: Puede traer datos válidos que no se aplicaron, y muestra un fallo del programa o un
--   envío malicioso.
-- remedio: Guarde una copia con `academico dlq show ID` y avise a sistemas; cuando lo entiendan,
--   reinténtelo o descártelo.
-- columnas: id, lote, n
-- llave: id
-- padre: lote
SELECT id, lote, n
FROM stg.rechazos
WHERE estado = 'abierto' AND motivo = 'mensaje_mortal'
