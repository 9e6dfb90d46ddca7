"""How often each supplier's offers were shown through this door, told to the catalog in windows of some seconds."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from headwater.contracts.base import Message, SupplierId, new_id
from headwater.contracts.governance import RecordExposure
from headwater.logs import log
from headwater.producer import PublishFailed

EVERY_S = 5.0
WITHIN_S = 3.0
"""How long a window may take to reach Kafka; after that it is told again, with the next."""
MOST_SUPPLIERS = 10_000
"""Suppliers that are counted within one window; what is shown of others then is lost, and the log says how much."""


class Commands(Protocol):
    """What is needed to tell."""

    async def tell(self, message: Message, trace: str | None = None, id: str | None = None) -> None: ...


class Exposures:
    """Counts in memory, at most `MOST_SUPPLIERS` numbers.

    A window that may have reached Kafka, or not, is told again as it was, under its number: the catalog counts it once.
    What was counted since the last window is lost when the process is killed.
    """

    def __init__(self) -> None:
        self._source = new_id("gw")
        self._window = 0
        self._counts: Counter[str] = Counter()
        self._unsent: list[RecordExposure] = []
        self._lost = 0

    def shown(self, offers: Iterable[Mapping[str, Any]]) -> None:
        """Someone was shown these offers."""
        for offer in offers:
            supplier_id = offer["supplier_id"]
            if supplier_id in self._counts or len(self._counts) < MOST_SUPPLIERS:
                self._counts[supplier_id] += 1
            else:
                self._lost += 1

    async def run(self, commands: Commands) -> None:
        """Tell every `EVERY_S` seconds until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.flush(commands)

    async def flush(self, commands: Commands) -> None:
        """Tell what was counted; what could not be sent is kept. Raises nothing."""
        if not self._unsent:
            self._close_window()
        outcomes = await asyncio.gather(*(self._tell(commands, one) for one in self._unsent))
        self._unsent = [one for one, sent in zip(self._unsent, outcomes, strict=True) if not sent]
        if self._unsent:
            log.warning("exposure waits for Kafka", suppliers=len(self._unsent), window=self._window)

    def _close_window(self) -> None:
        self._window += 1
        self._unsent = [
            RecordExposure(
                supplier_id=SupplierId(id), source=self._source, window=self._window, impressions=impressions
            )
            for id, impressions in self._counts.items()
        ]
        self._counts.clear()
        if self._lost:
            log.warning("more suppliers were shown than are counted", impressions_lost=self._lost, most=MOST_SUPPLIERS)
            self._lost = 0

    async def _tell(self, commands: Commands, message: RecordExposure) -> bool:
        try:
            async with asyncio.timeout(WITHIN_S):
                await commands.tell(message)
        except (PublishFailed, TimeoutError):
            return False
        return True
