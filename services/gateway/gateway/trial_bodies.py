"""The bodies of decisions after a half-price trial."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from gateway.bodies import BasketLineBody
from headwater.contracts.base import Value
from headwater.contracts.orders import Destination
from headwater.contracts.quotes import SealedQuote


class SigningBody(Value):
    """What is ordered more of, and where it goes: at a quote's sealed prices for goods, or at those of this moment."""

    lines: Annotated[tuple[BasketLineBody, ...], Field(max_length=100)] = ()
    quote: SealedQuote | None = None
    """One of the `sealed` of `POST /v1/quote`, as it came; instead of `lines`."""
    destination: Destination

    @model_validator(mode="after")
    def _one_of_both(self) -> SigningBody:
        if bool(self.lines) == (self.quote is not None):
            raise ValueError("give either lines, which are priced now, or a sealed quote, which has its own")
        return self
