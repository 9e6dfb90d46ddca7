"""What a person sees while things start and stop: one line per process, live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

MARKS = {
    "ready": "[green]✓[/]",
    "running": "[green]✓[/]",
    "stopped": "[dim]■[/]",
    "failed": "[red]✗[/]",
    "": "[dim]·[/]",
}


@dataclass(slots=True)
class _Line:
    state: str = ""
    note: str = ""
    since: float = field(default_factory=time.monotonic)


class Board:
    """A table of processes. Threads may write to it; each line is redrawn where it stands."""

    def __init__(self, console: Console, names: list[str]) -> None:
        self._console = console
        self._lines = {name: _Line() for name in names}
        self._lock = Lock()
        self._live = Live(console=console, get_renderable=self._table, refresh_per_second=8, transient=False)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            for line in self._lines.values():
                line.state = "failed" if line.state == "working" else line.state
        if self._console.is_terminal:
            self._live.stop()

    def say(self, name: str, note: str, state: str = "working") -> None:
        """Tells what a process is doing; `state` is working, ready, running (it did before), stopped or failed."""
        with self._lock:
            line = self._lines.setdefault(name, _Line())
            if line.state != state:
                line.since = time.monotonic() if state == "working" else line.since
            line.state, line.note = state, note
        if not self._console.is_terminal:
            self._console.print(f"{name}: {note}", markup=False, highlight=False, soft_wrap=True)

    def _table(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for name, line in self._lines.items():
            working = line.state == "working"
            mark: RenderableType = Spinner("dots") if working else Text.from_markup(MARKS[line.state])
            seconds = f"{time.monotonic() - line.since:.0f} s" if working else ""
            table.add_row(mark, name, Text(line.note, style="" if working else "dim"), Text(seconds, style="dim"))
        return table
