"""Freshness: what keeps the look-up caches of a process close to the store, beside its own commits."""

from __future__ import annotations

import asyncio
from typing import Any

from headwater.following import from_the_end
from headwater.logs import log
from headwater.lookups import CachedReader
from headwater.store import StoreAway

RENEW_EVERY_S = 0.5
AGAIN_AFTER_S = 1.0
"""The topics of events are tried again after so long, when they could not be read."""
MOST_AT_ONCE = 500


class Freshness:
    """Reads the events of cached aggregates, of whichever member, and has old entries renewed in the background.

    It begins when something is looked up for the first time: a process that nobody asks reads no events. What is kept
    until then was not watched over, so it goes, as after each interruption. Partitions that a topic gets later are not
    read; then entries are as old as their age allows.
    """

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._cached: dict[str, CachedReader[Any]] = {}
        self._wanted = asyncio.Event()
        self.wake = self._wanted.set
        """To be called when something is looked up that is not kept."""

    def __bool__(self) -> bool:
        return bool(self._cached)

    def keep(self, cached: CachedReader[Any], events: str) -> None:
        """Keep these look-ups fresh by a topic of events."""
        self._cached[events] = cached

    async def run(self) -> None:
        """Keep all fresh until cancelled. What fails makes look-ups slower, or as old as their age allows."""
        await self._wanted.wait()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._hear())
            both.create_task(self._renew())

    async def _hear(self) -> None:
        while True:
            try:
                await self._read()
            except Exception as error:  # a reader that ended would leave look-ups behind for good
                log.warning("look-up caches hear no events", topics=list(self._cached), reason=repr(error))
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _read(self) -> None:
        consumer = await from_the_end(self._kafka, self._cached)
        try:
            for cached in self._cached.values():
                cached.clear()
            while True:
                polled = await consumer.getmany(max_records=MOST_AT_ONCE)
                for tp, records in polled.items():
                    for record in records:
                        self._cached[tp.topic].heard(record)
        finally:
            await consumer.stop()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            for cached in self._cached.values():
                try:
                    await cached.renew()
                except StoreAway:
                    pass  # whoever asks will hear of it
                except Exception:
                    log.exception("old entries could not be renewed; look-ups read them when they are asked for")
