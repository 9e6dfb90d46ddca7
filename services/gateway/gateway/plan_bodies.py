"""The bodies of test plans: what is tested, within which limits, and what the shop has sold. Money in fen."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from gateway.bodies import BasketLineBody
from headwater.contracts.base import Pieces, ShortText, UtcTime, Value
from headwater.contracts.orders import Destination
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.testplans import Limits, SoldOn, Thresholds


class PlanBody(Value):
    """A test plan: its first lots at quotes' sealed prices, or at those of this moment."""

    name: ShortText
    lines: Annotated[tuple[BasketLineBody, ...], Field(max_length=100)] = ()
    quotes: Annotated[tuple[SealedQuote, ...], Field(max_length=20)] = ()
    """All of the `sealed` of `POST /v1/quote`, or some, as they came; instead of `lines`."""
    follow_up_pieces: Pieces
    limits: Limits
    thresholds: Thresholds = Thresholds()
    ends_at: UtcTime
    destination: Destination

    @model_validator(mode="after")
    def _one_of_both(self) -> PlanBody:
        if bool(self.lines) == bool(self.quotes):
            raise ValueError("give either lines, which are priced now, or sealed quotes, which have their own")
        return self


class SalesBody(Value):
    """What the shop has sold, by SKU and day."""

    sold: Annotated[tuple[SoldOn, ...], Field(min_length=1, max_length=500)]
