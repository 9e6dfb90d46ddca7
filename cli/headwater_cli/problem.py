"""Failures that are expected: told in two lines, never as a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.text import Text


class Problem(Exception):
    """What happened, to which thing; and what to do about it."""

    def __init__(self, happened: str, todo: str = "") -> None:
        super().__init__(happened)
        self.happened = happened
        self.todo = todo


@contextmanager
def told(console: Console) -> Iterator[None]:
    """Turns a Problem into lines on the console and exit code 1."""
    try:
        yield
    except Problem as problem:
        console.print(Text("error: ", style="bold red") + Text(problem.happened), soft_wrap=True)
        if problem.todo:
            console.print(Text(problem.todo), soft_wrap=True)
        raise typer.Exit(1) from None
