"""An event loop on virtual time: when nothing is ready it jumps to the next timer. An hour takes no time at all."""

from __future__ import annotations

import asyncio
from typing import Any

from headwater_proof.sim.network import Died


class Standstill(Exception):
    """Nothing is ready and no timer is set: whoever is awaited will never come."""


class VirtualLoop(asyncio.BaseEventLoop):
    """The order of steps follows from the program alone, so that a run with the same seed is the same run."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._selector = self
        self.broken: BaseException | None = None
        """What went wrong in the simulation itself."""
        self.set_exception_handler(self._heard_of)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._now

    def select(self, timeout: float | None) -> tuple[Any, ...]:
        """Where a real loop waits for the system, this one moves its clock. Raises `Standstill`."""
        if timeout is None:
            raise Standstill("everyone waits for someone else")
        self._now += timeout
        return ()

    def _heard_of(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None and not isinstance(error, Died):  # a task that ends with its process is no news
            self.broken = self.broken or error

    def _process_events(self, events: Any) -> None:
        """There is nothing outside."""

    def _write_to_self(self) -> None:
        """There are no threads."""
