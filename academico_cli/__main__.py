"""``python -m academico_cli``: the command line, also where no script was installed."""

from academico_cli.cli.main import run

run()
