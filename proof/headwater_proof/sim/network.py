"""Processes, servers and what lies between them: requests that are slow, late or lost, or outlive who asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")
TIMEOUT_S = 3.0
"""After so long without an answer a client gives up; what it asked for may still happen."""


LONG_S = 0.004
"""A request that takes so long is a commit."""


class Lost(Exception):
    """No answer came: whether the request took effect is not known."""


class Died(BaseException):
    """The process is dead: none of its code runs on."""


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad the network is, all the time. Shares of requests, and seconds."""

    lost_requests: float = 0.0
    lost_answers: float = 0.0
    late: float = 0.0
    """So many requests come when their sender has given them up."""
    torn: float = 0.0
    """So many publishes arrive in part."""
    slowest_s: float = 0.01


class Server:
    """The broker or the store, as far as the network is concerned."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.up = True


class Node:
    """A process. Killed, it does nothing more; standing still, it hears everything at once when it goes on."""

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop, chance: Random, weather: Weather) -> None:
        self.name = name
        self.alive = True
        self.paused = False
        self.cut: set[str] = set()
        """Servers that it cannot reach."""
        self.slow = 1.0
        self.steps_left = -1
        """It dies when so many steps are done; never while this is negative."""
        self.last_breath = False
        """It dies right after its next long request (a commit), which is then on its way for long."""
        self._loop = loop
        self._chance = chance
        self._weather = weather
        self._held: list[Callable[[], None]] = []
        self._tasks: list[asyncio.Task[Any]] = []

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run something in this process."""
        self._tasks.append(self._loop.create_task(work))

    def kill(self) -> None:
        """As the power would do it."""
        self.alive = False
        self._held.clear()
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()

    def pause(self) -> None:
        """As SIGSTOP does it."""
        self.paused = True

    def resume(self) -> None:
        """As SIGCONT does it."""
        self.paused = False
        held, self._held = self._held, []
        for one in held:
            self.hear(one)

    def hear(self, what: Callable[[], None]) -> None:
        """Something reaches the process from outside."""
        if self.paused:
            self._held.append(what)
        elif self.alive:
            what()

    def silent(self, server: str) -> bool:
        """Whether a server hears nothing of it."""
        return not self.alive or self.paused or server in self.cut

    def step(self) -> None:
        """One step of its program is done; it may have been the last. Raises `Died`."""
        if self.steps_left > 0:
            self.steps_left -= 1
            if self.steps_left == 0:
                self.kill()
        if not self.alive:
            raise Died

    async def call(self, server: Server, effect: Callable[[], T], lasts_s: float = 0.002) -> T:
        """Ask a server for something. Raises `Lost`, and what the server says to it. Work takes about `lasts_s`."""
        self.step()
        answer: asyncio.Future[T] = self._loop.create_future()
        chance, weather = self._chance, self._weather
        way_s = (lasts_s + chance.random() * weather.slowest_s) * self.slow
        if weather.late and chance.random() < weather.late:
            way_s += chance.uniform(0.5, 2.5) * TIMEOUT_S
        lost = chance.random() < weather.lost_requests
        final = self.last_breath and lasts_s >= LONG_S
        if final:
            way_s += chance.uniform(0.1, 3.0) * TIMEOUT_S

        def give_up() -> None:
            if not answer.done():
                answer.set_exception(Lost(f"{server.name} does not answer"))

        def arrive() -> None:
            if lost or server.name in self.cut:
                return
            back_s = chance.random() * weather.slowest_s * self.slow
            if not server.up:
                self._loop.call_later(back_s, self.hear, give_up)
                return
            try:
                result = effect()
            except Exception as refusal:
                tell = _tell(answer, refusal)
            else:
                tell = _tell(answer, None, result)
            if chance.random() >= weather.lost_answers:
                self._loop.call_later(back_s, self._answer, server, tell)

        # A request that is on its way arrives, whatever becomes of its sender.
        self._loop.call_later(way_s, arrive)
        patience = self._loop.call_later(TIMEOUT_S, self.hear, give_up)
        if final:
            self.kill()
        try:
            return await answer
        finally:
            patience.cancel()
            if self.alive:
                self.step()

    def _answer(self, server: Server, tell: Callable[[], None]) -> None:
        if server.name not in self.cut:
            self.hear(tell)


def _tell(answer: asyncio.Future[T], refusal: Exception | None, result: Any = None) -> Callable[[], None]:
    def tell() -> None:
        if not answer.done():
            if refusal is not None:
                answer.set_exception(refusal)
            else:
                answer.set_result(result)

    return tell
