"""How far a partition is done with, when its messages finish in any order."""

from __future__ import annotations

from collections import deque


class LowWater:
    """The low-water mark of one partition: every message before it is finished.

    Messages are started in the order of their offsets (with gaps, if the broker has removed some).
    """

    def __init__(self) -> None:
        self._unfinished: deque[int] = deque()
        self._finished: set[int] = set()
        self._behind_last = -1

    def start(self, offset: int) -> None:
        """A message is in hand. Raises `ValueError` when its offset is not behind all started before."""
        if not self.is_next(offset):
            raise ValueError(f"offset {offset} comes after {self._behind_last - 1}")
        self._unfinished.append(offset)
        self._behind_last = offset + 1

    def is_next(self, offset: int) -> bool:
        """Whether this offset is behind all that were started; if not, the partition has been rewound."""
        return offset >= self._behind_last

    def finish(self, offset: int) -> None:
        """A started message is done with."""
        self._finished.add(offset)
        while self._unfinished and self._unfinished[0] in self._finished:
            self._finished.remove(self._unfinished.popleft())

    @property
    def mark(self) -> int:
        """The offset to commit, where a restart goes on: the first unfinished message, else the one behind the last."""
        return self._unfinished[0] if self._unfinished else self._behind_last
