"""The counts of a worker that was killed between its last COMMIT and its report of it."""

from academico_cli import sqlfiles
from academico_cli.metrics.tally import EVENTS, EVENTS_RECEIVED, REJECTED, Tally
from academico_cli.postgres import Connection

SQL = sqlfiles.load(__package__, "recount.sql")


def recount(connection: Connection, run_id: int, lote: int) -> Tally:
    """Return what a run committed after the last lote that it reported, read from the ledger.

    How long it took is not known any more, so the histograms lack it.
    """
    tally = Tally()
    after = {"run_id": run_id, "lote": lote}
    for name, statement in ((EVENTS, "events"), (REJECTED, "rejected")):
        for entidad, kind, number in connection.execute(SQL[statement], after):
            tally.numbers[name, str(entidad), str(kind)] += int(str(number))
    for (events,) in connection.execute(SQL["totals"], after):
        tally.numbers[EVENTS_RECEIVED,] += int(str(events))
    return tally
