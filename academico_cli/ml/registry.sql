-- name: store
INSERT INTO ml.modelos (
    algoritmo, objetivo, dia_corte, cortes, periodos_entrenamiento, periodos_validacion,
    periodos_prueba, semilla, parametros, caracteristicas, huella_datos, version_codigo, metricas,
    referencia, ficha, archivo, huella_archivo, supera_bases
) VALUES (
    %(algoritmo)s, %(objetivo)s, %(dia_corte)s, %(cortes)s, %(periodos_entrenamiento)s,
    %(periodos_validacion)s, %(periodos_prueba)s, %(semilla)s, %(parametros)s, %(caracteristicas)s,
    %(huella_datos)s, %(version_codigo)s, %(metricas)s, %(referencia)s, %(ficha)s, %(archivo)s,
    %(huella_archivo)s, %(supera_bases)s
)
RETURNING id

-- name: find
SELECT
    algoritmo, objetivo, dia_corte, cortes, periodos_entrenamiento, periodos_validacion,
    periodos_prueba, semilla, parametros, caracteristicas, huella_datos, version_codigo, metricas,
    referencia, ficha, archivo, huella_archivo, supera_bases, estado, id, creado_en
FROM ml.modelos
WHERE id = %(id)s::bigint OR (%(id)s::bigint IS NULL AND (estado = 'en_uso' OR %(newest)s))
ORDER BY (estado = 'en_uso') DESC, id DESC
LIMIT 1

-- name: models
SELECT
    id AS model_id, estado, algoritmo, objetivo, dia_corte, periodos_prueba,
    (metricas #>> '{test,auc}')::float8 AS auc,
    (metricas #>> '{test,pr_auc}')::float8 AS pr_auc,
    (metricas #>> '{test,brier}')::float8 AS brier,
    supera_bases, creado_en, predicho_en, version_codigo, archivo,
    encode(huella_archivo, 'hex') AS huella_archivo, encode(huella_datos, 'hex') AS huella_datos
FROM ml.modelos
ORDER BY id DESC

-- name: lock
SELECT pg_advisory_xact_lock(hashtext('academico.ml.promociones'))

-- name: in_use
SELECT id FROM ml.modelos WHERE estado = 'en_uso'

-- name: retire
UPDATE ml.modelos SET estado = 'retirado' WHERE estado = 'en_uso'

-- name: use
UPDATE ml.modelos SET estado = 'en_uso' WHERE id = %(id)s

-- name: promote
WITH promocion AS (
    INSERT INTO ml.promociones (modelo) VALUES (%(id)s) RETURNING modelo
)
UPDATE ml.modelos AS m SET estado = 'en_uso' FROM promocion AS p WHERE m.id = p.modelo

-- name: revert
UPDATE ml.promociones SET revertido_en = clock_timestamp()
WHERE id = (SELECT max(p.id) FROM ml.promociones AS p WHERE p.revertido_en IS NULL)

-- name: last_promoted
SELECT modelo FROM ml.promociones WHERE revertido_en IS NULL ORDER BY id DESC LIMIT 1
