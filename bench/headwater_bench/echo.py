"""The bare look-up: a grpc.aio server that answers with as many bytes as the name of the method says, and does nothing.

python -m headwater_bench.echo PORT
"""

from __future__ import annotations

import asyncio
import sys
from functools import cache
from typing import Any

import grpc
import uvloop

SERVICE = "bench.Echo"


class Echo(grpc.GenericRpcHandler):
    """Answers `/bench.Echo/<size in bytes>`."""

    def service(self, handler_call_details: Any) -> grpc.RpcMethodHandler[bytes, bytes]:
        """The handler of a method."""
        return _of_size(int(handler_call_details.method.rpartition("/")[2]))


@cache
def _of_size(size: int) -> grpc.RpcMethodHandler[bytes, bytes]:
    answer = bytes(size)

    async def echo(_request: bytes, _context: Any) -> bytes:
        return answer

    return grpc.unary_unary_rpc_method_handler(echo)


async def main(port: int) -> None:
    """Answer until the process is ended."""
    server = grpc.aio.server(handlers=[Echo()])
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(main(int(sys.argv[1])))
