"""The port that proposes, and the extractor behind it that needs no network."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from catalog.listing.alike import DOUBTFUL, Neighbour, completed
from catalog.listing.description import Description
from catalog.listing.proposal import Proposal, proposed


class Extractor(Protocol):
    """Makes a proposal of a description. It never fails because of what is described, and it changes nothing."""

    async def propose(self, description: Description, within_s: float) -> Proposal:
        """Within so many seconds."""
        ...


class Near(Protocol):
    """Offers that are like a description (`neighbours.Neighbours`)."""

    async def near(self, description: Description, category: str | None) -> Sequence[Neighbour]: ...


class LocalExtractor:
    """Dictionaries, rules and similar offers."""

    def __init__(self, near: Near) -> None:
        self._near = near

    async def propose(self, description: Description, within_s: float) -> Proposal:
        """A few milliseconds, whatever the description."""
        proposal = await asyncio.to_thread(proposed, description)  # a hostile text may take a tenth of a second
        known = proposal.category
        sure = known is not None and known.sure >= DOUBTFUL
        if sure and proposal.price_ranges is not None:
            return proposal
        near = await self._near.near(description, known.value if known is not None and sure else None)
        return completed(proposal, description, near)
