"""``academico psql``: psql on the configured database."""

import sys

import typer


def psql(context: typer.Context) -> None:
    """Run psql on the configured database; what follows `--` is for psql.

    Example: academico psql -- -c "SELECT count(*) FROM academico.alumnos"
    """
    from academico_cli.app import App
    from academico_cli.local.psql import become_psql

    sys.stdout.flush()
    become_psql(App.load().database, context.args)
