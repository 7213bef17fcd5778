"""What a sample is made from. The same options give the same bytes, on every Python."""

from dataclasses import dataclass

from academico_cli.errors import WrongUsage

MAX_ALUMNOS = 10_000_000
MAX_PERIODOS = 50


@dataclass(frozen=True)
class SampleOptions:
    """Size and seed of a sample.

    Raises:
        WrongUsage: fewer than one alumno or periodo, or more than can be made.
    """

    alumnos: int = 1000
    """Students, over all periodos."""
    periodos: int = 4
    """Terms, two a year; the last one is always 2024B."""
    seed: int = 42

    def __post_init__(self) -> None:
        """Refuse sizes that make no sample."""
        limits = (
            ("alumnos", self.alumnos, MAX_ALUMNOS),
            ("periodos", self.periodos, MAX_PERIODOS),
        )
        for name, value, most in limits:
            if not 1 <= value <= most:
                raise WrongUsage(detail=f"{name} must be between 1 and {most}, not {value}")
