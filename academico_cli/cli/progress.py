"""The progress bar behind ``output.progress``."""

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

_SHOW_AFTER = 1.0  # seconds before a progress bar is worth showing

Total = int | None | Callable[[], int | None]


class Progress:
    """A bar on stderr that appears when the work lasts longer than about a second."""

    def __init__(self, total: Total, label: str, console: "Callable[[], Console] | None") -> None:
        """``console`` makes the console to draw on; None: draw nothing."""
        self._total, self._label, self._console = total, label, console
        self._done, self._start = 0, monotonic()
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def advance(self, n: int = 1) -> None:
        """Count ``n`` more units as done."""
        self.update(self._done + n)

    def update(self, done: int) -> None:
        """Set how many units are done."""
        self._done = done
        if self._bar is None and self._console and monotonic() - self._start >= _SHOW_AFTER:
            self._open(self._console())
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done)

    def close(self) -> None:
        """Take the bar off the screen."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _open(self, console: "Console") -> None:
        from rich import progress as rp

        self._bar = rp.Progress(
            rp.SpinnerColumn(), rp.TextColumn("{task.description}", markup=False), rp.BarColumn(),
            rp.MofNCompleteColumn(), rp.TimeElapsedColumn(),
            console=console, transient=True,
        )  # fmt: skip
        total = self._total() if callable(self._total) else self._total
        self._task = self._bar.add_task(self._label, total=total)
        self._bar.start()
