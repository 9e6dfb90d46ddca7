"""Kills, stops and restarts processes, and restarts at once what dies by itself."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable

from headwater_cli import supervisor
from headwater_cli.problem import Problem
from headwater_proof.chaos.stage import Stage

LOOK_EVERY_S = 0.3


class Keeper:
    """Keeps the processes of a stage running, but for those that a fault holds down."""

    def __init__(self, stage: Stage, say: Callable[[str], None]) -> None:
        self._stage = stage
        self._say = say
        self._held: set[str] = set()
        self.died: Counter[str] = Counter()
        """How often each process ended though nobody killed it."""

    async def run(self) -> None:
        """Look after them until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for name in tuple(self._stage.programs):
                if name in self._held or supervisor.running(self._stage.home, name):
                    continue
                last_word = supervisor.last_words(self._stage.home, name, 1).splitlines()[0]
                if await self._start(name):
                    self.died[name] += 1
                    self._say(f"{name} ended by itself, and is started again: {last_word.strip()[:200]}")

    async def kill(self, name: str, down_s: float) -> None:
        """SIGKILL, and a start after a while. A process that is dead already stays so for that long."""
        self._held.add(name)
        try:
            self._signal(name, signal.SIGKILL)
            await asyncio.sleep(down_s)
            await self._start(name)
        finally:
            self._held.discard(name)

    async def freeze(self, name: str, for_s: float) -> None:
        """SIGSTOP, and SIGCONT after a while."""
        self._signal(name, signal.SIGSTOP)
        try:
            await asyncio.sleep(for_s)
        finally:
            self._signal(name, signal.SIGCONT)

    async def leave(self, name: str, away_s: float) -> None:
        """SIGTERM as in a roll-out, and a start after a while."""
        self._held.add(name)
        try:
            await asyncio.to_thread(supervisor.stop, self._stage.home, name)
            await asyncio.sleep(away_s)
            await self._start(name)
        finally:
            self._held.discard(name)

    def _signal(self, name: str, number: signal.Signals) -> None:
        record = supervisor.running(self._stage.home, name)
        if record is not None:
            os.kill(record.pid, number)

    async def _start(self, name: str) -> bool:
        program = self._stage.programs.get(name)
        if program is None:  # it has been replaced meanwhile
            return False
        try:
            return await asyncio.to_thread(supervisor.start, self._stage.home, program)
        except Problem:  # its port is not free yet: the next look tries again
            return False
