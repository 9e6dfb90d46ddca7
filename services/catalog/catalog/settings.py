"""Settings of the catalog service."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, SecretStr, model_validator

from catalog.listing.endpoint import Endpoint
from catalog.sealing import Sealing
from headwater.contracts.quotes import secrets_from
from headwater.settings import QuoteSecrets, ServiceSettings


class Settings(ServiceSettings):
    """What quotes are sealed with and how long they hold, besides what each service needs to know."""

    quote_secrets: QuoteSecrets
    """`name=secret,name=secret`, the one that seals first; the orders service has the same."""
    quote_holds_s: int = Field(default=900, ge=1, le=7 * 86_400)
    """Seconds for which an order can be placed at a quote's prices."""

    listing_url: str = Field(default="", pattern=r"^(https?://[^\s]+)?$")
    """An OpenAI-compatible endpoint that proposes drafts, up to and without /chat/completions; empty: none is asked."""
    listing_model: str = ""
    """The model's name there."""
    listing_key: SecretStr = SecretStr("")
    """The key that it wants; empty for none."""
    listing_within_s: float = Field(default=20.0, gt=0, le=120)
    """Seconds after which the local proposal is given instead."""

    @model_validator(mode="after")
    def _names_its_model(self) -> Settings:
        if self.listing_url and not self.listing_model:
            raise ValueError("HEADWATER_LISTING_URL is set: set HEADWATER_LISTING_MODEL to the name of the model there")
        return self

    def listing(self) -> Endpoint | None:
        """What is asked for drafts beside our own rules; None for nothing."""
        if not self.listing_url:
            return None
        return Endpoint(self.listing_url, self.listing_model, self.listing_key.get_secret_value())

    def sealing(self) -> Sealing:
        """How quotes are sealed."""
        secrets = secrets_from(self.quote_secrets.get_secret_value())
        return Sealing(secrets, timedelta(seconds=self.quote_holds_s))
