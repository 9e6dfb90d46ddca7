"""Settings of the catalog service."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from catalog.sealing import Sealing
from headwater.contracts.quotes import secrets_from
from headwater.settings import QuoteSecrets, ServiceSettings


class Settings(ServiceSettings):
    """What quotes are sealed with and how long they hold, besides what each service needs to know."""

    quote_secrets: QuoteSecrets
    """`name=secret,name=secret`, the one that seals first; the orders service has the same."""
    quote_holds_s: int = Field(default=900, ge=1, le=7 * 86_400)
    """Seconds for which an order can be placed at a quote's prices."""

    def sealing(self) -> Sealing:
        """How quotes are sealed."""
        secrets = secrets_from(self.quote_secrets.get_secret_value())
        return Sealing(secrets, timedelta(seconds=self.quote_holds_s))
