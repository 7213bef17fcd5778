"""The features: what each one means, its unit, and where it comes from."""

from typing import NamedTuple


class Feature(NamedTuple):
    """One column that a model may look at."""

    name: str
    """A column of features.sql."""
    meaning: str
    """In the words of school staff."""
    unit: str
    source: str
    """Tables of academico."""


_HISTORIA, _CARGA = "calificaciones, inscripciones de periodos anteriores", "inscripciones, grupos"
_PASADO, _CURSO = "calificaciones anteriores de la materia", "evaluaciones"

FEATURES = tuple(
    Feature(*row)
    for row in (
        ("periodos_cursados", "Periodos cursados antes", "periodos", _HISTORIA),
        ("promedio_historico", "Promedio de todas sus calificaciones", "0-10", _HISTORIA),
        ("tendencia_promedio", "Cambio del promedio por periodo", "puntos", _HISTORIA),
        ("promedio_ultimo", "Promedio del último periodo cursado", "0-10", _HISTORIA),
        (
            "promedio_sobre_grupo",
            "Calificaciones sobre la media de sus grupos",
            "puntos",
            _HISTORIA,
        ),
        ("calificacion_minima", "Calificación más baja", "0-10", _HISTORIA),
        ("materias_reprobadas", "Materias reprobadas antes", "materias", _HISTORIA),
        ("reprobadas_ultimo", "Reprobadas en el último periodo", "materias", _HISTORIA),
        ("tasa_reprobacion", "Parte de sus materias que reprobó", "0-1", _HISTORIA),
        ("bajas_previas", "Bajas en periodos anteriores", "materias", _HISTORIA),
        ("bajas_ultimo", "Bajas en el último periodo", "materias", _HISTORIA),
        ("tasa_baja", "Parte de sus materias que dio de baja", "0-1", _HISTORIA),
        ("creditos_aprobados", "Créditos aprobados", "créditos", _HISTORIA),
        ("grupos_actuales", "Materias que cursa", "materias", _CARGA),
        (
            "creditos_actuales",
            "Créditos que cursa (1 por materia sin créditos)",
            "créditos",
            _CARGA,
        ),
        ("materias_repetidas", "Materias que repite", "materias", _CARGA),
        ("dias_antes_inscripcion", "Anticipación con que se inscribió", "días", _CARGA),
        ("bajas_actuales", "Bajas en este periodo", "materias", _CARGA),
        ("bajas_del_grupo", "Parte de sus grupos que ya se dio de baja", "0-1", _CARGA),
        ("tamano_del_grupo", "Tamaño de sus grupos", "logaritmo", _CARGA),
        ("dificultad_promedio", "Promedio anterior de sus materias", "0-10", _PASADO),
        ("dificultad_reprobacion", "Reprobación anterior de sus materias", "0-1", _PASADO),
        ("dificultad_baja", "Bajas anteriores de sus materias", "0-1", _PASADO),
        ("dificultad_maxima", "Riesgo anterior de su materia más difícil", "0-1", _PASADO),
        ("evaluaciones_hechas", "Evaluaciones parciales hechas", "evaluaciones", _CURSO),
        ("evaluaciones_debidas", "Evaluaciones que ya tiene la mayoría", "evaluaciones", _CURSO),
        ("evaluaciones_faltantes", "Evaluaciones que le faltan", "evaluaciones", _CURSO),
        ("fraccion_faltante", "Parte de las evaluaciones debidas que le falta", "0-1", _CURSO),
        (
            "falta_esperada",
            "Evaluaciones que sus compañeros ya tienen y él no",
            "evaluaciones",
            _CURSO,
        ),
        ("entregas_relativas", "Evaluaciones hechas frente a la media del grupo", "veces", _CURSO),
        ("peso_visto", "Peso de lo ya evaluado", "0-1", _CURSO),
        ("peso_faltante", "Peso de lo que le falta", "0-1", _CURSO),
        ("promedio_ponderado", "Promedio ponderado de las parciales", "0-10", _CURSO),
        ("promedio_parcial", "Promedio de las parciales", "0-10", _CURSO),
        ("parcial_minima", "Parcial más baja", "0-10", _CURSO),
        ("avance", "Puntos ganados de los posibles hasta el corte", "0-1", _CURSO),
        ("avance_minimo", "Avance en la materia en que va peor", "0-1", _CURSO),
        ("lugar_en_grupo", "Lugar en el grupo por avance (1 es el mejor)", "0-1", _CURSO),
        ("avance_del_grupo", "Avance medio de sus grupos", "0-1", _CURSO),
        ("parcial_sobre_grupo", "Parciales sobre la media del grupo", "puntos", _CURSO),
        ("parcial_estandar", "Parciales en desviaciones de la media", "desviaciones", _CURSO),
        (
            "tendencia_parcial",
            "Cambio de las parciales frente al grupo",
            "puntos en 30 días",
            _CURSO,
        ),
        ("retraso_medio", "Retraso medio frente al grupo", "días", _CURSO),
        ("retraso_maximo", "Retraso mayor frente al grupo", "días", _CURSO),
        ("ultimo_retraso", "Retraso de la última evaluación", "días", _CURSO),
        ("primer_dia", "Día de la primera evaluación", "días desde el inicio", _CURSO),
        ("ultima_parcial", "Última parcial", "0-10", _CURSO),
        ("ultima_sobre_grupo", "Última parcial sobre la media del grupo", "puntos", _CURSO),
        (
            "dias_detras_del_grupo",
            "Días desde su última evaluación a la última debida",
            "días",
            _CURSO,
        ),
        (
            "dias_sin_actividad",
            "Días sin ningún registro",
            "días",
            "inscripciones, evaluaciones, calificaciones",
        ),
    )
)

BASELINES = ("promedio_anterior", "regla_riesgo")
"""Rules of thumb, higher is more at risk: 10 less the average of the last periodo with grades; and
whether the average so far, else the last one, is below core.parametros.riesgo_promedio, as
marts.alumnos_en_riesgo asks once a periodo is over."""
