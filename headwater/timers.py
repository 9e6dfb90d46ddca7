"""Timers: a state that asked to be woken (`wake_at`) gets a `Wake` through its inbox. Late or twice does no harm.

What is due is told by the store's clock: that of the process may be stepped by an hour, and timers with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from headwater.contracts.base import Wake
from headwater.envelope import encode
from headwater.logs import log
from headwater.producer import Producer, PublishFailed, Record, partition_of
from headwater.store import Store, StoreAway

AT_MOST = 1000
AGAIN_AFTER = timedelta(seconds=5)
"""Who is still due is told again, each time after twice as long: the first message may wait in a long inbox."""
MOST_PATIENCE = timedelta(minutes=5)


class Sweeper:
    """Looks for what is due in one collection and sends it a `Wake`. Members sweep only for the keys that they own."""

    def __init__(
        self, collection: str, inbox: str, store: Store, producer: Producer, owns: Callable[[str, int], bool]
    ) -> None:
        self._collection = collection
        self._inbox = inbox
        self._store = store
        self._producer = producer
        self._owns = owns
        self._told: dict[tuple[str, datetime], tuple[datetime, timedelta]] = {}
        """By whom and its due time: when it was told last, and how long it is left alone since then."""

    async def run(self, every_s: float, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Sweep until cancelled. Whatever fails delays the timers, no more."""
        while True:
            try:
                await self.sweep(await self._store.now())
            except (StoreAway, PublishFailed) as away:
                log.warning("timers are waiting", collection=self._collection, reason=str(away))
            except Exception:  # a sweeper that ended would leave orders open for ever
                log.exception("a sweep failed; the next one tries again", collection=self._collection)
            await sleep(every_s)

    async def sweep(self, now: datetime) -> int:
        """Wake what is due by now; returns how many were told. One that was told lately is not told again."""
        self._told = {key: told for key, told in self._told.items() if now - told[0] < 2 * MOST_PATIENCE}
        partitions = await self._producer.partitions(self._inbox) or 0
        records = []
        for document in await self._store.due(self._collection, now, AT_MOST):
            id, due = document["_id"], document["wake_at"]
            if partitions and self._owns(id, partitions) and self._is_time(id, due, now):
                records.append(self._wake(id, due, now, partitions))
        if records:
            try:
                await self._producer.publish(records)
            except PublishFailed:
                self._told.clear()
                raise
        return len(records)

    def _is_time(self, id: str, due: datetime, now: datetime) -> bool:
        last, patience = self._told.get((id, due), (now, AGAIN_AFTER / 2))
        if (id, due) in self._told and now - last < patience:
            return False
        self._told[id, due] = (now, min(2 * patience, MOST_PATIENCE))
        return True

    def _wake(self, id: str, due: datetime, now: datetime, partitions: int) -> Record:
        source = f"timers:{self._collection}"
        headers, value = encode(Wake(id=id, due=due), id=f"{id}@{due.timestamp()}", source=source, time=now, subject=id)
        return Record(self._inbox, partition_of(id.encode(), partitions), id.encode(), value, headers)
