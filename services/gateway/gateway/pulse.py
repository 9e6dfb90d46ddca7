"""Whether Kafka answers at this moment, felt every two seconds: a command is not let to wait for one that is away."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiokafka.admin import AIOKafkaAdminClient

from headwater.logs import log

EVERY_S = 2.0
WITHIN_S = 4.0


class Pulse:
    """Kafka's pulse. `why_away` is None while it answers, else the reason, for operators."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self.why_away: str | None = None

    async def run(self) -> None:
        """Feel it until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.feel()

    async def feel(self) -> None:
        """One beat, over a connection of its own: one that is open already may not know that the other end is gone."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._kafka, request_timeout_ms=int(WITHIN_S * 1000))
        try:
            async with asyncio.timeout(WITHIN_S):
                await admin.start()
                await admin.describe_cluster()
            why = None
        except Exception as error:  # whatever it is, it is no answer
            why = f"Kafka at {self._kafka} does not answer: {error!r}"
        with suppress(Exception):
            await admin.close()
        if why is not None and self.why_away is None:
            log.warning("Kafka is away", address=self._kafka, reason=why)
        if why is None and self.why_away is not None:
            log.info("Kafka is back", address=self._kafka)
        self.why_away = why
