"""Where things lie: the work tree's `.headwater/`, the user's cache, and the repository."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
"""The work tree that this command was installed from (editable)."""


@dataclass(frozen=True, slots=True)
class Home:
    """One platform's data, logs, run state and links to binaries."""

    root: Path

    @classmethod
    def current(cls) -> Home:
        """`HEADWATER_HOME`, or `.headwater/` in the work tree."""
        named = os.environ.get("HEADWATER_HOME")
        return cls(Path(named).expanduser().absolute() if named else REPOSITORY / ".headwater")

    @property
    def data(self) -> Path:
        """What survives `down`: one folder for the broker, one for the store."""
        return self._folder("data")

    @property
    def logs(self) -> Path:
        """`<process>.log` for each process."""
        return self._folder("logs")

    @property
    def run(self) -> Path:
        """What runs now: one record per process, and platform.json."""
        return self._folder("run")

    @property
    def bin(self) -> Path:
        """Links to the binaries in the cache."""
        return self._folder("bin")

    def _folder(self, name: str) -> Path:
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def cache() -> Path:
    """What is fetched or built once per version and user: `~/.cache/headwater`."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "headwater"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def locked(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Holds a file lock; `waiting` is called once if another process has it. The kernel frees it if we are killed."""
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
