"""Folders of a process: where it keeps what it can make anew, apart from all other processes on the machine."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import IO


class Slot:
    """A folder that this process alone uses. The kernel frees it when the process ends, however it ends.

    In it are numbered folders, the newest with the highest number.
    """

    def __init__(self, folder: Path, lock: IO[str]) -> None:
        self.folder = folder
        self._lock = lock

    @classmethod
    def take(cls, base: Path) -> Slot:
        """The first folder `base/0`, `base/1`, ... that no other process has: after a restart, the one of before."""
        for number in count():
            folder = base / str(number)
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / "lock").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            return cls(folder, lock)
        raise AssertionError("there is always a next number")

    def free(self) -> None:
        """Let another process have it."""
        self._lock.close()

    def new(self) -> Path:
        """A new numbered folder."""
        folder = self.folder / f"{max(self._numbers(), default=0) + 1:06d}"
        folder.mkdir()
        return folder

    def newest_first(self) -> list[Path]:
        """The numbered folders."""
        return [self.folder / f"{number:06d}" for number in sorted(self._numbers(), reverse=True)]

    def remove(self, folder: Path) -> None:
        """Delete a numbered folder; what still reads its files may go on."""
        shutil.rmtree(folder, ignore_errors=True)

    def _numbers(self) -> Iterator[int]:
        return (int(entry.name) for entry in self.folder.iterdir() if entry.is_dir() and entry.name.isdigit())
