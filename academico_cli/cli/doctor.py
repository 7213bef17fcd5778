"""``academico doctor``: what is wrong and how to mend it."""

import typer

from academico_cli.cli.output import Format, FormatOption


def doctor(fmt: FormatOption = Format.table) -> None:
    """Look for faults on this machine and in the services, and say how to mend each.

    Ends with 1 when it found one.

    Example: academico doctor
    """
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.local import doctor as local

    app = App.load().hurried()
    checks = [
        *local.machine(app.settings),
        *local.database(lambda: app.database),
        *local.broker(lambda: app.broker),
    ]
    output.render([check.row() for check in checks], fmt)
    faults = sum(check.state == "fail" for check in checks)
    plural = "" if faults == 1 else "s"
    output.say(f"{faults or 'no'} fault{plural if faults else ''} found")
    if faults:
        raise typer.Exit(1)
