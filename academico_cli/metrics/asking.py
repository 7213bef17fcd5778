"""Questions to servers that may not answer, for who must not wait."""

import threading
import time
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

import psycopg

from academico_cli.errors import AcademicoError
from academico_cli.postgres import translate

FRESH_S = 2.0
"""Seconds for which an answer is given again without asking."""

PATIENCE_S = 1.5
"""Seconds to wait for an answer."""

Value = TypeVar("Value")


class Answer(NamedTuple, Generic[Value]):
    """What a server said."""

    value: Value | None
    """None: it did not answer, or not in time."""
    why: str = ""
    """Why there is none, in a line without passwords."""


class Asking(Generic[Value]):
    """One question, asked by one thread at a time, whoever wants to know.

    A server that neither answers nor refuses holds up that thread and nobody else.

    Args:
        name: what is asked, for messages.
        question: asks; may take long, and may raise psycopg.Error, AcademicoError or OSError.
    """

    def __init__(self, name: str, question: Callable[[], Value]) -> None:
        self._name = name
        self._question = question
        self._lock = threading.Lock()
        self._answer: Answer[Value] = Answer(None)
        self._answered_at = float("-inf")
        self._answered = threading.Event()
        self._busy = False

    def answer(self) -> Answer[Value]:
        """Return what is known for at most FRESH_S, or what is answered within PATIENCE_S."""
        with self._lock:
            if self._is_fresh():
                return self._answer
            if not self._busy:
                self._busy = True
                self._answered.clear()
                threading.Thread(target=self._ask, name=self._name, daemon=True).start()
        self._answered.wait(PATIENCE_S)
        with self._lock:
            if self._is_fresh():
                return self._answer
        return Answer(None, f"{self._name} does not answer within {PATIENCE_S} s")

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._answered_at < FRESH_S

    def _ask(self) -> None:
        answer: Answer[Value] = Answer(None, f"{self._name} could not be asked")
        try:
            answer = Answer(self._question())
        except AcademicoError as exc:
            answer = Answer(None, str(exc))
        except psycopg.Error as exc:
            answer = Answer(None, str(translate(exc)))
        except OSError as exc:
            answer = Answer(None, f"{self._name}: {exc.strerror or type(exc).__name__}")
        finally:
            with self._lock:
                self._answer, self._answered_at = answer, time.monotonic()
                self._busy = False
                self._answered.set()
