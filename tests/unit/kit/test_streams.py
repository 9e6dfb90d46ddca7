"""Streams go on when events that they should read next are gone from the topic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from headwater import streams as module
from headwater.settings import ServiceSettings
from headwater.streams import Streams

PLACE = TopicPartition("jars.events", 0)


class Emptied:
    """A consumer of a partition whose records up to 7 have been deleted before it read them."""

    def __init__(self) -> None:
        self.offset = 3

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._records()

    async def _records(self) -> AsyncIterator[Any]:
        if self.offset < 7:
            raise OffsetOutOfRangeError({PLACE: self.offset})
        yield SimpleNamespace(
            topic=PLACE.topic, partition=0, offset=self.offset, headers=(), key=b"tea", value=b"{}", timestamp=0
        )

    async def seek_to_end(self, *partitions: TopicPartition) -> None:
        assert partitions == (PLACE,)
        self.offset = 7

    async def stop(self) -> None:
        pass


async def test_streams_go_on_behind_events_that_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def emptied(*_: Any) -> Emptied:
        return Emptied()

    monkeypatch.setattr(module, "from_the_end", emptied)
    async with Streams(ServiceSettings(), [PLACE.topic]) as streams, asyncio.timeout(10):
        assert (await streams.subscribe().next()).position == "jars.events/0/7"
