"""Pages of a look-up, by id."""

from __future__ import annotations

from typing import Any

import grpc

PAGE, MOST = 50, 100
Context = grpc.aio.ServicerContext[Any, Any]
BY_ID = [("_id", 1)]


async def page_size(asked: int, context: Context) -> int:
    """How many fit on a page; aborts with INVALID_ARGUMENT if that many are no page."""
    if not 0 <= asked <= MOST:
        detail = f"page_size {asked} is not from 1 to {MOST}: leave it out for {PAGE}."
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
    return asked or PAGE


def after(token: str) -> dict[str, Any]:
    """The filter of what follows the page that ended so."""
    return {"_id": {"$gt": token}} if token else {}
