"""gRPC: a server with health and reflection, and channels whose calls are bounded and tried again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from headwater.logs import log
from headwater.store import StoreAway

Registration = tuple[Callable[[Any, grpc.aio.Server], None], Any, str]
"""The generated `add_..._to_server`, the servicer, and the full name of the service."""


class _StoreMayBeAway(grpc.aio.ServerInterceptor):
    """A look-up that the store does not answer is UNAVAILABLE, which callers try again: it is not their mistake."""

    async def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        """Wrap the handler of one unary call."""
        handler = await continuation(details)
        if handler is None or handler.unary_unary is None:
            return handler

        async def answer(request: Any, context: Any) -> Any:
            try:
                return await handler.unary_unary(request, context)
            except StoreAway as away:
                log.warning("a look-up waits for the store", method=details.method, reason=str(away))
                await context.abort(grpc.StatusCode.UNAVAILABLE, "The store does not answer at the moment: try again.")

        return grpc.unary_unary_rpc_method_handler(answer, handler.request_deserializer, handler.response_serializer)


class RpcServer:
    """Serves look-ups of one process. Calls in progress may finish when it stops."""

    def __init__(self, address: str, registrations: Sequence[Registration]) -> None:
        # New pods of a headless service stay unseen by clients whose connections never end.
        options = [("grpc.max_connection_age_ms", 300_000), ("grpc.max_connection_age_grace_ms", 10_000),
                   ("grpc.so_reuseport", 0)]  # fmt: skip
        self._server = grpc.aio.server(options=options, interceptors=[_StoreMayBeAway()])
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._names = [name for _, _, name in registrations]
        for add, servicer, _ in registrations:
            add(servicer, self._server)
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


def channel(address: str, service: str) -> grpc.aio.Channel:
    """A channel to a look-up service. Calls that find it away are tried again for a moment, within their deadline.

    Every call must pass its own `timeout`: grpc has no default deadline.
    """
    retry = {
        "methodConfig": [
            {
                "name": [{"service": service}],
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
