"""The life of a service's parts in the background."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from headwater import service as module
from headwater.folders import Slot
from headwater.service import Service
from headwater.settings import ServiceSettings


class Failing:
    """A projection that fails at first, and a store that does."""

    name = "search index"

    def __init__(self) -> None:
        self.asked = 0
        self.runs: list[Path] = []
        self.serves = asyncio.Event()

    async def identity(self) -> str:
        self.asked += 1
        if self.asked == 1:
            raise TypeError("the store told nothing")
        return "0123456789abcdef"

    async def run(self, slot: Slot) -> None:
        self.runs.append(slot.folder)
        if len(self.runs) == 1:
            raise ValueError("a model that cannot be opened")
        self.serves.set()
        await asyncio.Event().wait()


async def test_a_projection_begins_again_whatever_ended_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_AFTER_S", 0.0)
    service: Any = Service("catalog", ServiceSettings(projections=tmp_path))
    failing: Any = Failing()
    service.store.close()
    service.store = failing
    projecting = asyncio.create_task(service._project(failing))
    try:
        async with asyncio.timeout(10):
            await failing.serves.wait()
        assert failing.asked == 3
        assert failing.runs == [tmp_path / "catalog.search-index.0123456789ab" / "0"] * 2, "in the folder it had"
    finally:
        projecting.cancel()
        await asyncio.gather(projecting, return_exceptions=True)
