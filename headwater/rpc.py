"""gRPC: a server with health and reflection, and channels whose calls are bounded and tried again."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from headwater.logs import log
from headwater.projection import NotBuilt
from headwater.store import StoreAway

Registration = tuple[Callable[[Any, grpc.aio.Server], None], Any, str]
"""The generated `add_..._to_server`, the servicer, and the full name of the service."""


def stamp(at: datetime | None) -> Timestamp | None:
    """A UTC time on the wire; none stays none."""
    if at is None:
        return None
    made = Timestamp()
    made.FromDatetime(at)
    return made


class _Patient:
    """A servicer whose look-ups are UNAVAILABLE while the store does not answer or what they read is being built.

    Callers try again.

    Each method is wrapped once, at registration: an interceptor would be asked anew at each call.
    """

    def __init__(self, servicer: Any, full_name: str) -> None:
        self._servicer = servicer
        self._full_name = full_name

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._servicer, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def answer(request: Any, context: Any) -> Any:
            try:
                return await method(request, context)
            except StoreAway as away:
                log.warning("a look-up waits for the store", method=f"/{self._full_name}/{name}", reason=str(away))
                await context.abort(grpc.StatusCode.UNAVAILABLE, "The store does not answer at the moment: try again.")
            except NotBuilt as not_yet:
                await context.abort(grpc.StatusCode.UNAVAILABLE, str(not_yet))

        return answer


class RpcServer:
    """Serves look-ups of one process. Calls in progress may finish when it stops."""

    def __init__(self, address: str, registrations: Sequence[Registration]) -> None:
        # New pods of a headless service stay unseen by clients whose connections never end.
        options = [("grpc.max_connection_age_ms", 300_000), ("grpc.max_connection_age_grace_ms", 10_000),
                   ("grpc.so_reuseport", 0)]  # fmt: skip
        self._server = grpc.aio.server(options=options)
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._names = [name for _, _, name in registrations]
        for add, servicer, name in registrations:
            add(_Patient(servicer, name), self._server)
        reflection.enable_server_reflection([*self._names, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server)
        self.port = self._server.add_insecure_port(address)

    async def start(self) -> None:
        """Listen, and tell health checks so."""
        await self._server.start()
        for name in ("", *self._names):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)

    async def stop(self, grace_s: float) -> None:
        """Refuse new calls, and let those in progress finish within the grace, in seconds."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace_s)


def channel(address: str) -> grpc.aio.Channel:
    """A channel to a look-up service. Calls that find it away are tried again for a moment, within their deadline.

    Every call must pass its own `timeout`: grpc has no default deadline.
    """
    retry = {
        "methodConfig": [
            {
                "name": [{}],  # every method
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.05s",
                    "maxBackoff": "0.5s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ],
        "loadBalancingConfig": [{"round_robin": {}}],
    }
    return grpc.aio.insecure_channel(
        address,
        options=[("grpc.service_config", json.dumps(retry)), ("grpc.enable_retries", 1)],
    )
