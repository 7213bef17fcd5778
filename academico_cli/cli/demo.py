"""``academico demo``: the whole story, on servers of its own."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    alumnos: Annotated[int, typer.Option(min=1, help="Students of the sample.")] = 300,
    seed: Annotated[int, typer.Option(help="Same seed, same data.")] = 42,
) -> None:
    """Show it all: up, publish, consume, dq, marts, kpi, ml, report. Needs only this package.

    Plays in ACADEMICO_HOME when nothing is there yet, else in its folder `demo`.
    What is configured is not touched. The servers stay up, so that you can look around.

    Example: academico demo
    """
    from time import monotonic

    from academico_cli import demo as story
    from academico_cli.cli import output
    from academico_cli.settings import load_settings

    settings = load_settings()
    home = story.choose_home(settings)
    began = monotonic()
    output.say(f"The demo plays in {home}")
    refused = False
    for number, step in enumerate(story.steps(alumnos, seed), 1):
        if refused and step.refusable:
            continue
        output.say(f"\n{number}. {step.says}\n   $ academico {' '.join(step.arguments)}")
        started = monotonic()
        code = story.play(step, home)
        refused = code != 0 and step.refusable
        if refused:
            output.say("   (it says no, and why; the demo goes on)")
        elif code != 0:
            raise typer.Exit(code)
        if number == 1:
            story.mark(home)
        output.say(f"   ({monotonic() - started:.1f} s)")
    output.say(f"\nDone in {monotonic() - began:.0f} s. {_next(home, home == settings.home)}")


def _next(home: Path, is_plain: bool) -> str:
    """Return what to try next, with the command as it can be typed in this shell."""
    import shlex
    import shutil
    import sys

    script = Path(sys.argv[0])
    found = shutil.which("academico")
    typed = "academico" if found and Path(found).samefile(script) else shlex.quote(str(script))
    lines = [
        "" if is_plain else f"  export ACADEMICO_HOME={shlex.quote(str(home))}",
        f"  {typed} status",
        f"  {typed} kpi periodo --periodo 2024B",
        f"  {typed} kpi grupo --format csv > grupos.csv",
        f"  {typed} psql -- -c 'TABLE marts.ranking_maestros'",
        f"  {typed} publish --alumnos 2000 --seed 7; {typed} consume --until-empty",
        f"  {typed} down                 # stop the servers; `--delete-data` forgets it all",
    ]
    return "The servers are still up. Try next:\n" + "\n".join(line for line in lines if line)
