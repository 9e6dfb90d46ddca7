"""The map of the gateway: the only door for people and browsers. It keeps no state but its connections."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, suppress

import uvicorn
from aiokafka.errors import KafkaError
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from gateway import problems
from gateway.door import Door
from gateway.limits import Threshold
from gateway.routes import catalog, logistics, orders, pages, streams
from gateway.settings import Settings
from headwater.commands import Commands
from headwater.producer import PublishFailed
from headwater.service import HealthServer
from headwater.streams import Streams
from headwater.telemetry import configure_logging, log

ROUTERS = (catalog.router, logistics.router, orders.router, streams.router, pages.router)


def application(settings: Settings) -> FastAPI:
    """The routes with their errors. `app.state.door` holds the connections once they are made."""
    app = FastAPI(
        title="Headwater", version="0.1.0", docs_url=None, redoc_url=None,
        description="Goods sourced straight from factories: offers, prices, stock, orders, parcels, reviews.",
        summary="Amounts in fen, quantities in pieces, times in UTC. Errors are RFC 9457 problem details.",
    )  # fmt: skip
    app.state.registry = CollectorRegistry()
    for router in ROUTERS:
        app.include_router(router)
    problems.install(app)
    app.add_middleware(Threshold, settings=settings, registry=app.state.registry)
    return app


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM; open streams are told, requests in progress may finish."""
    configure_logging("gateway", settings.log_level)
    app = application(settings)
    config = uvicorn.Config(
        app, host=settings.host, port=settings.http_port, log_config=None, access_log=False, lifespan="off",
        timeout_graceful_shutdown=3,
    )  # fmt: skip
    server = HealthServer(config)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    serving = asyncio.create_task(server.serve())
    connected = asyncio.create_task(_connected(app, settings, stop))
    await asyncio.wait({serving, connected}, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    server.should_exit = True
    await serving
    await connected


async def _connected(app: FastAPI, settings: Settings, stop: asyncio.Event) -> None:
    """Hold the connections until the process is to stop."""
    async with AsyncExitStack() as stack:
        commands, streams_ = Commands(settings), Streams(settings, sorted(streams.TOPICS.values()))
        for part in (commands, streams_):
            while not stop.is_set():
                try:
                    await stack.enter_async_context(part)
                    break
                except (PublishFailed, KafkaError) as away:
                    log.warning("waiting for Kafka", address=settings.kafka, reason=str(away))
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), 1)
        if stop.is_set():
            return
        door = app.state.door = Door(settings, commands, streams_)
        stack.push_async_callback(door.close)
        log.info("ready", http=settings.http_port)
        await stop.wait()
        door.closing.set()
        await asyncio.sleep(0.5)  # requests in progress may still need the connections
