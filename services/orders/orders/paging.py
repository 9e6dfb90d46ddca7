"""Pages of a look-up, the newest first: where one ended, and the filter of what follows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import grpc

PAGE, MOST = 50, 100
Context = grpc.aio.ServicerContext[Any, Any]


def token_of(at: datetime, id: str) -> str:
    """Where a page ended that has this last."""
    return f"{at.timestamp() * 1000:.0f}.{id}"


async def page_size(asked: int, context: Context) -> int:
    """How many fit on a page; aborts with INVALID_ARGUMENT if that many are no page."""
    if asked < 0:
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"page_size is at least 1, and at most {MOST}.")
    return min(asked or PAGE, MOST)


async def after(token: str, field: str, context: Context) -> dict[str, Any] | None:
    """The filter for what comes behind a token, by the time in `field`; aborts if it is none of ours."""
    if not token:
        return None
    try:
        milliseconds, _, id = token.partition(".")
        at = datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        detail = "page_token is not one of ours: leave it out for the first page."
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, detail)
    return {"$or": [{field: {"$lt": at}}, {field: at, "_id": {"$lt": id}}]}
