"""A suspension on real Kafka and the real store: it reaches every offer once, though the catalog dies in the middle."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from headwater.commands import Commands
from headwater.contracts.base import Done
from headwater.contracts.catalog import ListOffer, PriceRange, Sku
from headwater.contracts.governance import LiftSuspension, SuspendSupplier
from headwater.contracts.topics import CATALOG_OFFER_EVENTS, PARTITIONS
from headwater.settings import ServiceSettings
from headwater.stubs.catalog.v1 import catalog_pb2 as pb
from headwater.stubs.catalog.v1 import catalog_pb2_grpc
from headwater_cli import topics
from headwater_cli.ports import free_ports
from tests.conftest import Infra
from tests.integration.kit.stage import until

OFFERS = 600


class Catalog:
    """The catalog service as a process, with a client of its look-ups."""

    def __init__(self, infra: Infra) -> None:
        self._infra = infra
        self._http, self._grpc = free_ports(2)
        self._process: asyncio.subprocess.Process | None = None
        self.channel = grpc.aio.insecure_channel(f"127.0.0.1:{self._grpc}")

    async def start(self) -> None:
        """Start it, and wait until it works."""
        known = {
            **os.environ, **self._infra.env, "HEADWATER_HTTP_PORT": str(self._http), "HEADWATER_BATCH_SIZE": "50",
            "HEADWATER_GRPC_PORT": str(self._grpc), "HEADWATER_SESSION_TIMEOUT_MS": "3000",
            "HEADWATER_QUOTE_SECRETS": "test=known-to-everyone",
        }  # fmt: skip
        self._process = await asyncio.create_subprocess_exec(sys.executable, "-m", "catalog", env=known)
        await until(self._ready, 60, "a catalog that is ready")

    async def end(self, number: signal.Signals) -> None:
        """Send it a signal, and wait for its end."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
            await asyncio.wait_for(self._process.wait(), 30)

    async def statuses(self, supplier_id: str) -> Counter[str]:
        """How many offers of a supplier are in which status, as they are stored."""
        found: Counter[str] = Counter()
        token = ""
        stub: Any = catalog_pb2_grpc.CatalogStub(self.channel)
        while True:
            page = await stub.ListOffers(
                pb.ListOffersRequest(supplier_id=supplier_id, with_delisted=True, page_size=100, page_token=token),
                timeout=5, wait_for_ready=True,
            )  # fmt: skip
            found.update(offer.status for offer in page.offers)
            token = page.next_page_token
            if not token:
                return found

    async def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, "the catalog ended, and says why above"
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                return (await client.get(f"http://127.0.0.1:{self._http}/readyz")).status_code == 200
            except httpx.TransportError:
                return False


@asynccontextmanager
async def running(infra: Infra) -> AsyncIterator[Catalog]:
    await topics.apply(infra.kafka)
    catalog = Catalog(infra)
    try:
        await catalog.start()
        yield catalog
    finally:
        await catalog.channel.close()
        await catalog.end(signal.SIGKILL)


def offer(supplier: str, number: int) -> ListOffer:
    return ListOffer(
        offer_id=f"{supplier}-{number}", supplier_id=supplier, subject="tee", subject_zh="T恤", currency="CNY",
        min_order_quantity=2, price_ranges=(PriceRange(start_quantity=2, price_fen=500),),
        skus=(Sku(sku_id=f"{supplier}-{number}-L", colour="black", size="L"),),
    )  # fmt: skip


async def told(kafka: str, supplier: str) -> dict[str, list[str]]:
    """What happened to each offer of a supplier, by the topic of events; what was published twice counts once."""
    events: dict[str, dict[str, str]] = {}
    # From the earliest on by itself: a seek may be overtaken by the look-up of the latest that is underway.
    reading = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    async with reading as consumer:
        lanes = [TopicPartition(CATALOG_OFFER_EVENTS, number) for number in range(PARTITIONS)]
        consumer.assign(lanes)
        ends = await consumer.end_offsets(lanes)
        while any([await consumer.position(lane) < end for lane, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    headers = dict(record.headers)
                    kinds = events.setdefault(record.key.decode(), {})
                    kinds[headers["ce_id"].decode()] = headers["ce_type"].decode().split(".")[1]
    return {id: list(kinds.values()) for id, kinds in events.items() if id.startswith(f"{supplier}-")}


@pytest.mark.timeout(240)
async def test_a_suspension_reaches_every_offer_once_though_the_catalog_is_killed_in_the_middle(infra: Infra) -> None:
    supplier = f"sup-{uuid4().hex[:8]}"
    async with running(infra) as catalog, Commands(ServiceSettings(kafka=infra.kafka)) as commands:

        async def all_are(status: str, count: int) -> None:
            async def there() -> bool:
                return await catalog.statuses(supplier) == {status: count}

            await until(there, 60, f"{count} offers {status}")

        await asyncio.gather(*(commands.tell(offer(supplier, number)) for number in range(OFFERS)))
        await all_are("listed", OFFERS)
        suspend = SuspendSupplier(supplier_id=supplier, suspension_id="sus-1", reason="fakes", by="operator")
        assert isinstance(await commands.ask(suspend, 10), Done)

        async def some() -> bool:
            return (await catalog.statuses(supplier))["delisted"] > 0

        await until(some, 30, "the first offers delisted")
        await catalog.end(signal.SIGKILL)
        await commands.tell(offer(supplier, OFFERS))  # listed while its supplier is suspended
        await catalog.start()
        await all_are("delisted", OFFERS + 1)

        lift = LiftSuspension(supplier_id=supplier, suspension_id="sus-1", reason="settled", by="operator")
        assert isinstance(await commands.ask(lift, 10), Done)
        await all_are("listed", OFFERS + 1)
        happened = await told(infra.kafka, supplier)
        assert Counter(map(tuple, happened.values())) == {("OfferListed", "OfferDelisted", "OfferListed"): OFFERS + 1}
