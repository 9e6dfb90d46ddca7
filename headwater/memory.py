"""What the garbage collector of a service looks at: not at what lives long.

Batches make and drop many values, hardly ever in cycles, and leave states that stay in memory for long. At Python's
defaults a tenth of the time went to the search for cycles; with a high threshold, each search found none and yet stood
in the way for 100 ms. So what is there is taken out of the collector's sight every second, which costs nothing, and all
of it is searched once an hour, in case that some library does leave cycles behind.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable

FREEZE_EVERY_S = 1.0
SEARCH_EVERY_S = 3600.0
OBJECTS = 1_000_000
"""New objects within a second that make the collector look nevertheless."""


async def keep_collector_away(sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Runs until cancelled, beside the service."""
    gc.set_threshold(OBJECTS, 20, 100)
    while True:
        gc.unfreeze()
        gc.collect()
        for _ in range(int(SEARCH_EVERY_S / FREEZE_EVERY_S)):
            gc.freeze()
            await sleep(FREEZE_EVERY_S)
