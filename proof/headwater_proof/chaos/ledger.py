"""What clients wrote down: what they asked for before they asked, and what they were told."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from headwater_proof.evidence import Entry, Kind, What


class Ledger:
    """A log file of entries, each on disk before anything that follows from it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)
        self._began = time.monotonic()
        self.entries: list[Entry] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def now(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    def write(self, what: What, kind: Kind, op: str, subject: str, body: Mapping[str, Any] | None = None) -> None:
        """One line."""
        entry = Entry(round(self.now, 4), op, what, kind, subject, dict(body or {}))
        self.entries.append(entry)
        self._file.write(entry.to_json() + "\n")
