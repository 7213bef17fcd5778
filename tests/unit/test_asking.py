"""Questions to servers that may not answer."""

import threading

import psycopg
import pytest

from academico_cli.errors import DatabaseNotConfigured
from academico_cli.metrics.asking import FRESH_S, Asking


def test_whoever_asks_is_let_go_while_the_question_hangs() -> None:
    answers, asked = threading.Event(), []

    def question() -> int:
        asked.append(threading.current_thread())
        answers.wait()
        return 7

    asking = Asking("the server", question)
    for _ in range(2):
        answer = asking.answer()
        assert answer.value is None
        assert "the server does not answer within" in answer.why
    assert len(asked) == 1, "a second thread hangs as well"
    answers.set()
    asked[0].join()
    assert asking.answer().value == 7
    assert len(asked) == 1, f"what is not {FRESH_S} s old is asked again"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DatabaseNotConfigured(), "No database is configured"),
        (psycopg.OperationalError("the connection is lost"), "the connection is lost"),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
    ],
)
def test_an_error_is_an_answer(error: Exception, said: str) -> None:
    def question() -> int:
        raise error

    answer = Asking("the server", question).answer()
    assert answer.value is None
    assert said in answer.why
