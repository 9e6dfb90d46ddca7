"""A plug-in's process: its partners, its health page, its signals."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus

from headwater.logs import configure_logging, log
from headwater.sdk.counts import exposition
from headwater.sdk.health import HealthServer
from headwater.sdk.partner import Partner
from headwater.sdk.working import Working


async def run(*partners: Partner, stop: asyncio.Event | None = None) -> None:
    """Work for these partners until SIGTERM or SIGINT; then finish what is in hand, within ten seconds.

    With a `stop` event of the caller's, that one ends it; signals and logging are left to the caller.
    """
    if not partners:
        raise ValueError("there is no partner to run: name at least one")
    settings = partners[0].settings
    if stop is None:
        configure_logging(settings.log_level)
        stop = _stop_by_signal()
    workings = [Working(partner) for partner in partners]
    health = await _health(settings.host, settings.http_port, workings)
    try:
        async with asyncio.TaskGroup() as group:
            for working in workings:
                group.create_task(working.work(stop))
    finally:
        if health is not None:
            await health.stop()


def _stop_by_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows: Ctrl-C ends the process, and a restart does the rest again
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _health(host: str, port: int | None, workings: Sequence[Working]) -> HealthServer | None:
    if port is None:
        return None

    def ready() -> tuple[HTTPStatus, str]:
        reasons = [f"{w.partner.name} {reason}\n" for w in workings if (reason := w.why_not_ready())]
        return (HTTPStatus.SERVICE_UNAVAILABLE, "".join(reasons)) if reasons else (HTTPStatus.OK, "ok\n")

    server = HealthServer(host, port, {
        "/livez": lambda: (HTTPStatus.OK, "ok\n"),
        "/readyz": ready,
        "/metrics": lambda: (HTTPStatus.OK, exposition(w.measured() for w in workings)),
    })  # fmt: skip
    log.info("health", http=await server.start())
    return server
