-- The comments that comentarios_v01.sql takes the place of.
COMMENT ON SCHEMA raw IS 'Every delivered message, verbatim.';
COMMENT ON SCHEMA stg IS 'Typed rows of the lote in hand; what was set aside: rechazos and pendientes.';
COMMENT ON SCHEMA core IS 'The ledger: runs, lotes, fates, parameters, data-quality results.';
COMMENT ON SCHEMA academico IS 'The consolidated truth: one row for each thing the school knows.';
COMMENT ON SCHEMA marts IS 'KPIs, computed from academico.';
COMMENT ON SCHEMA ml IS 'Risk models and their predictions.';
COMMENT ON COLUMN stg.rechazos.correccion IS
    'The body that was accepted in place of cuerpo, for a replay to apply again';
COMMENT ON COLUMN core.cola.sello IS 'AMQP timestamp, seconds since the epoch';
COMMENT ON COLUMN core.cola.entregas IS 'How often a consumer process ended with it in hand';
COMMENT ON COLUMN core.cola_tomas.pid IS 'Backend of the loading transaction, with its start';
COMMENT ON COLUMN core.dq_rules.propia IS 'Whether it is the school''s own and not one of academico';
COMMENT ON COLUMN core.dq_rules.cambiada_en IS 'When a run last found it new or other than before';
COMMENT ON COLUMN core.borrados.filas IS 'Table -> rows or events that were erased from it';
COMMENT ON COLUMN core.retenciones.rechazos IS 'Closed rejects of that month whose bodies were removed';
COMMENT ON COLUMN core.retenciones.meses IS 'How many months before the current one were to be kept';
