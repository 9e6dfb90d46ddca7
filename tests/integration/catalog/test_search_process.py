"""The search in real catalog processes: it follows, survives SIGKILL, and is built anew while it serves."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest

from headwater.commands import Commands
from headwater.contracts.base import Done, Message
from headwater.contracts.catalog import ChangePrices, DelistOffer, RebuildSearch, RegisterSupplier
from headwater.contracts.topics import TOPICS
from headwater.rpc import channel
from headwater.settings import ServiceSettings
from headwater.stubs.catalog.v1 import search_pb2 as pb
from headwater.stubs.catalog.v1 import search_pb2_grpc
from headwater_cli import topics
from headwater_cli.platform import is_ready
from headwater_cli.ports import free_ports
from tests.conftest import Infra
from tests.integration.kit.stage import until
from tests.unit.catalog.building import ladder, list_offer, skus

NAME = "headwater.catalog.v1.Search"


@dataclass(slots=True)
class Catalog:
    """A catalog process, asked by gRPC."""

    process: asyncio.subprocess.Process
    http: int
    stub: Any

    async def finds(self, supplier: str, text: str = "") -> list[str]:
        """The ids of what it finds of one supplier; of nothing while it has no index."""
        request = pb.SearchOffersRequest(text=text, filter=pb.OfferFilter(supplier_id=supplier))
        try:
            answer = await self.stub.SearchOffers(request, timeout=5)
        except grpc.aio.AioRpcError as error:
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                raise
            return []
        return sorted(hit.offer.offer_id for hit in answer.hits)

    async def comes_to_find(self, expected: list[str], supplier: str, text: str = "") -> None:
        """Wait until it finds these and no others."""

        async def found() -> bool:
            return await self.finds(supplier, text) == expected

        await until(found, 40, f"finding {expected}")


@asynccontextmanager
async def catalog(infra: Infra, folder: Path) -> AsyncIterator[Catalog]:
    """A process on this folder; ended by SIGKILL if it still runs."""
    http, port = free_ports(2)
    env = {
        **os.environ, **infra.env, "HEADWATER_HTTP_PORT": str(http), "HEADWATER_GRPC_PORT": str(port),
        "HEADWATER_PROJECTIONS": str(folder), "HEADWATER_SESSION_TIMEOUT_MS": "3000",
        "HEADWATER_QUOTE_SECRETS": "test=known-to-everyone",
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "catalog", env=env)

    async def ready() -> bool:
        return await asyncio.to_thread(is_ready, http)

    try:
        await until(ready, 60, "the catalog's readiness")
        async with channel(f"127.0.0.1:{port}") as open_channel:
            yield Catalog(process, http, search_pb2_grpc.SearchStub(open_channel))
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()


def folders(within: Path, pattern: str) -> list[Path]:
    return list(within.glob(pattern))


@pytest.fixture
async def tell(infra: Infra) -> AsyncIterator[Callable[[Message], Any]]:
    """Sends a command and waits until it is done."""
    await topics.apply(infra.kafka, TOPICS)
    async with Commands(ServiceSettings(kafka=infra.kafka), "test") as commands:

        async def ask(message: Message) -> None:
            assert isinstance(await commands.ask(message, 30), Done)

        yield ask


async def test_it_follows_survives_sigkill_and_is_rebuilt_while_it_serves(
    infra: Infra, tell: Callable[[Message], Any], tmp_path: Path
) -> None:
    supplier = f"sup-{uuid4().hex[:8]}"
    dress, hoodie = f"{supplier}-dress", f"{supplier}-hoodie"
    async with catalog(infra, tmp_path) as here:
        for id, name in ((dress, "碎花连衣裙"), (hoodie, "加绒卫衣")):
            await tell(list_offer(offer_id=id, supplier_id=supplier, subject_zh=name, subject="", skus=skus(id)))
        await here.comes_to_find([dress, hoodie], supplier)
        await here.comes_to_find([dress], supplier, "lianyiqun")
        await tell(RegisterSupplier(supplier_id=supplier, name="Silk Road Mill", name_zh="丝路", town="Keqiao"))
        await here.comes_to_find([dress, hoodie], supplier, "silk road")
        here.process.send_signal(signal.SIGKILL)
        await here.process.wait()
    [index] = folders(tmp_path, "*search-index*/0/000001")
    async with catalog(infra, tmp_path) as again:
        await again.comes_to_find([dress, hoodie], supplier)
        await tell(DelistOffer(offer_id=dress, reason="season over"))
        await tell(ChangePrices(offer_id=hoodie, change_id="c1", price_ranges=ladder((2, 50))))
        await again.comes_to_find([hoodie], supplier)
        assert index.exists(), "it went on with what it had"
        async with Commands(ServiceSettings(kafka=infra.kafka), "test") as operator:
            await operator.tell(RebuildSearch(request_id="r1"))
        while index.exists():
            assert await again.finds(supplier) == [hoodie], "it serves meanwhile"
            await asyncio.sleep(0.05)
        await again.comes_to_find([hoodie], supplier)


async def test_each_process_finds_it_in_an_index_of_its_own(
    infra: Infra, tell: Callable[[Message], Any], tmp_path: Path
) -> None:
    supplier = f"sup-{uuid4().hex[:8]}"
    async with AsyncExitStack() as both:
        members = [await both.enter_async_context(catalog(infra, tmp_path)) for _ in range(2)]
        await tell(list_offer(offer_id=supplier, supplier_id=supplier, subject_zh="连衣裙", skus=skus(supplier)))
        for member in members:
            await member.comes_to_find([supplier], supplier, "连衣裙")
    assert {folder.name for folder in folders(tmp_path, "*search-index*/*")} == {"0", "1"}
