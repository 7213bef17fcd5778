-- What a reader of the marts has to know of the tables that it may not read.
CREATE VIEW marts.frescura AS
SELECT
    (SELECT max(r.refrescado_en) FROM marts.refrescos AS r) AS refrescado_en,
    EXISTS (SELECT FROM core.lotes_periodos)
    OR EXISTS (
        SELECT FROM marts.parametros AS s
        INNER JOIN core.parametros AS p ON p.nombre = s.nombre
        WHERE p.valor <> s.valor
    ) AS atrasado;
COMMENT ON VIEW marts.frescura IS 'Cuándo se refrescaron los marts, y si algo cambió después.';
COMMENT ON COLUMN marts.frescura.refrescado_en IS 'Cuándo se refrescaron por última vez; nulo si nunca.';
COMMENT ON COLUMN marts.frescura.atrasado IS 'Si cambiaron datos o parámetros desde entonces.';

CREATE VIEW marts.periodos AS
SELECT p.id AS periodo FROM academico.periodos AS p;
COMMENT ON VIEW marts.periodos IS 'Los periodos que se conocen.';
COMMENT ON COLUMN marts.periodos.periodo IS 'Clave del periodo, como 2024A.';
