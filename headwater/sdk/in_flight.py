"""The messages in hand: bounded in number, each in a task of its own, with a low-water mark per partition."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiokafka import TopicPartition

from headwater.sdk.low_water import LowWater

Task = asyncio.Task[None]


@dataclass(slots=True)
class Lane:
    """A partition that this process works on. Once forgotten, nothing in it has any effect on what is committed."""

    low_water: LowWater = field(default_factory=LowWater)
    tasks: set[Task] = field(default_factory=set)
    committed: int | None = None


class InFlight:
    """Starts the handling of messages, and knows how far each partition is finished."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lanes: dict[TopicPartition, Lane] = {}
        self._started: dict[Task, float] = {}
        self._room = asyncio.Event()
        self._room.set()
        self._broken: BaseException | None = None

    def start(self, tp: TopicPartition, offset: int, handling: Coroutine[Any, Any, None]) -> None:
        """Take a message in hand; `handling` returns when it is done with."""
        lane = self._lanes.setdefault(tp, Lane())
        if not lane.low_water.is_next(offset):  # the partition was rewound, or its topic made anew: begin again there
            self.forget([tp])
            lane = self._lanes[tp] = Lane()
        lane.low_water.start(offset)
        task = asyncio.create_task(handling)
        lane.tasks.add(task)
        self._started[task] = time.monotonic()
        task.add_done_callback(partial(self._ended, lane, offset))
        if len(self._started) >= self._limit:
            self._room.clear()

    def _ended(self, lane: Lane, offset: int, task: Task) -> None:
        lane.tasks.discard(task)
        del self._started[task]
        if not task.cancelled():
            self._broken = task.exception() or self._broken
            if task.exception() is None:
                lane.low_water.finish(offset)
        self._room.set()

    async def room(self) -> int:
        """Wait until there is room, and tell for how many. Raises what a handling raised, since that is a bug."""
        await self._room.wait()
        if self._broken is not None:
            raise self._broken
        return self._limit - len(self._started)

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """These partitions are another's now: let go of their messages, whose next owner begins them again."""
        for tp in partitions:
            lane = self._lanes.pop(tp, None)
            for task in lane.tasks if lane else ():
                task.cancel()

    def forget_all(self) -> None:
        """Let go of everything."""
        self.forget(tuple(self._lanes))

    def marks(self) -> dict[TopicPartition, int]:
        """The low-water mark of each partition in hand."""
        return {tp: lane.low_water.mark for tp, lane in self._lanes.items()}

    def to_commit(self) -> dict[TopicPartition, int]:
        """The marks that have moved since they were committed."""
        return {tp: mark for tp, mark in self.marks().items() if mark != self._lanes[tp].committed}

    def committed(self, marks: dict[TopicPartition, int]) -> None:
        """These marks are on the broker."""
        for tp, mark in marks.items():
            if tp in self._lanes:
                self._lanes[tp].committed = mark

    async def drain(self, within_s: float) -> int:
        """Let the messages in hand finish, then cancel the rest; tells how many that were."""
        if self._started:
            await asyncio.wait(tuple(self._started), timeout=within_s)
        rest = tuple(self._started)
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest, timeout=1)
        return len(rest)

    def __len__(self) -> int:
        return len(self._started)

    @property
    def oldest_s(self) -> float:
        """For how long the oldest message in hand has been so, in seconds."""
        return time.monotonic() - next(iter(self._started.values())) if self._started else 0.0
