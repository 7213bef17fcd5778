"""How a worker goes on after failures."""

import threading

from academico_cli.pace import BACKOFF_FIRST, BACKOFF_MOST, RETRIES, Pace


class Waits(threading.Event):
    """An event that notes how long it is waited for, and does not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.asked.append(timeout or 0.0)
        return False


def test_a_long_quarrel_is_followed_by_a_short_pause_and_not_by_the_longest() -> None:
    stop = Waits()
    pace = Pace(stop, 100)
    tries = 0
    while pace.may_retry():
        tries += 1
    pace.pause()
    assert tries == RETRIES
    assert stop.asked[-1] <= BACKOFF_FIRST
    for _ in range(20):
        pace.pause()
    assert BACKOFF_MOST / 2 <= stop.asked[-1] <= BACKOFF_MOST
    pace.succeeded()
    pace.pause()
    assert stop.asked[-1] <= BACKOFF_FIRST


def test_the_batch_shrinks_to_one_and_grows_to_what_it_was() -> None:
    pace = Pace(Waits(), 100)
    pace.was_too_much(10)
    assert pace.limit == 5
    for _ in range(9):
        pace.was_too_much(pace.limit)
    assert pace.limit == 1
    for _ in range(9):
        pace.succeeded()
    assert pace.limit == 100
