"""The map of the gateway: the only door for people and browsers. It keeps no state but its connections."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Any

import uvicorn
from aiokafka.errors import KafkaError
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from gateway import openapi, problems
from gateway.door import Door
from gateway.limits import Threshold
from gateway.pulse import Pulse
from gateway.routes import (
    accounts,
    buyerstandings,
    campaigns,
    catalog,
    checkouts,
    companies,
    governance,
    inquiries,
    listing,
    logistics,
    orders,
    pages,
    pools,
    refunds,
    search,
    streams,
    terms,
    testplans,
    trials,
)
from gateway.settings import Settings
from headwater.commands import Commands
from headwater.logs import configure_logging, log
from headwater.producer import PublishFailed
from headwater.service import HealthServer
from headwater.streams import Streams

ROUTERS = (
    search.router, catalog.router, listing.router, governance.router, logistics.router, orders.router,
    checkouts.router, companies.router, inquiries.router, terms.router, campaigns.router, streams.router,
    pages.router, buyerstandings.router, accounts.router, trials.router, testplans.router, refunds.router, pools.router,
)  # fmt: skip


def application(settings: Settings) -> FastAPI:
    """The routes with their errors. `app.state.door` holds the connections once they are made."""
    app = FastAPI(
        title="Headwater", version="0.1.0", docs_url=None, redoc_url=None,
        description="Goods sourced straight from factories: offers, prices, stock, orders, parcels, reviews.",
        responses={"default": openapi.PROBLEM},
        summary="Amounts in fen, quantities in pieces, times in UTC. Errors are RFC 9457 problem details.",
    )  # fmt: skip
    app.state.closing = asyncio.Event()
    app.state.registry = CollectorRegistry()
    for collect in (ProcessCollector, PlatformCollector, GCCollector):
        collect(registry=app.state.registry)
    for router in ROUTERS:
        app.include_router(router)
    problems.install(app)
    openapi.complete(app)
    app.add_middleware(Threshold, settings=settings, registry=app.state.registry)
    return app


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM. Then open streams are told, requests in progress finish, and the connections close last."""
    configure_logging(settings.log_level, "gateway")
    app = application(settings)
    config = uvicorn.Config(
        app, host=settings.host, port=settings.http_port, log_config=None, access_log=False, lifespan="off",
        server_header=False, timeout_graceful_shutdown=int(settings.stop_within_s),
    )  # fmt: skip
    server = HealthServer(config)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as connections:
        serving = asyncio.create_task(server.serve())
        connecting = asyncio.create_task(_connect(app, settings, connections))
        ends = {serving, asyncio.create_task(stop.wait())}
        await asyncio.wait({*ends, connecting}, return_when=asyncio.FIRST_COMPLETED)
        if connecting.done():
            connecting.result()  # what made it fail ends the process
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        connecting.cancel()
        app.state.closing.set()
        server.should_exit = True
        await serving
    log.info("stopped")


async def _connect(app: FastAPI, settings: Settings, connections: AsyncExitStack) -> None:
    """Open the door as soon as Kafka is there; until then only health and the page are answered."""
    commands = await _opened(connections, lambda: Commands(settings), settings.kafka)
    feed = await _opened(connections, lambda: Streams(settings, sorted(streams.TOPICS.values())), settings.kafka)
    pulse = Pulse(settings.kafka)
    door = Door(settings, commands, feed, pulse)
    connections.push_async_callback(door.close)
    connections.callback(asyncio.create_task(pulse.run()).cancel)
    connections.push_async_callback(door.exposures.flush, commands)
    connections.callback(asyncio.create_task(door.exposures.run(commands)).cancel)
    app.state.door = door
    log.info("ready", http=settings.http_port)


async def _opened(connections: AsyncExitStack, make: Callable[[], Any], kafka: str) -> Any:
    while True:
        part = make()
        try:
            return await connections.enter_async_context(part)
        except (PublishFailed, KafkaError, OSError) as away:
            log.warning("waiting for Kafka", address=kafka, reason=str(away))
            with suppress(Exception):  # half open: what of it can be closed, is
                await part.__aexit__(None, None, None)
            await asyncio.sleep(1)
