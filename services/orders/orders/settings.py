"""Settings of the orders service."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from headwater.contracts.base import ProviderId
from headwater.contracts.quotes import secrets_from
from headwater.contracts.topics import PROVIDERS
from headwater.settings import QuoteSecrets, ServiceSettings
from orders.domain.account_state import Terms
from orders.domain.state import Policy, Windows


class Settings(ServiceSettings):
    """How long the house waits and whose prices it trusts, besides what each service needs to know."""

    quote_secrets: QuoteSecrets
    """Of the catalog's seals, `name=secret,name=secret`; the same as the catalog has."""

    payment_window_s: int = Field(default=1800, ge=1)
    """Seconds from the confirmation in which an order must be paid; else it expires."""
    acceptance_window_s: int = Field(default=7 * 24 * 3600, ge=1)
    """Seconds from the delivery after which the goods count as accepted."""
    settlement_period_s: int = Field(default=7 * 24 * 3600, ge=0)
    """Seconds from an order's completion until its money is withdrawable, where the standing does not allow T+0."""
    payment_provider: str = PROVIDERS[0]
    """Who is asked to pay suppliers out."""
    refund_window_s: int = Field(default=7 * 24 * 3600, ge=1)
    """Seconds from the delivery in which a refund may be asked for, while the goods are not accepted."""
    refund_answer_s: int = Field(default=3 * 24 * 3600, ge=1)
    """Seconds to answer a request, to dispute a refusal, or to inspect a return; then silence counts as agreed."""
    return_window_s: int = Field(default=7 * 24 * 3600, ge=1)
    """Seconds to send goods back, once that is agreed."""

    def settlement(self) -> Terms:
        """The terms of suppliers' accounts."""
        return Terms(timedelta(seconds=self.settlement_period_s), ProviderId(self.payment_provider))

    trial_decision_s: int = Field(default=7 * 24 * 3600, ge=1)
    """Seconds from the delivery of a half-price trial in which its buyer may sign for more."""

    def policy(self) -> Policy:
        """The policy that the rules are given."""
        return Policy(
            secrets_from(self.quote_secrets.get_secret_value()), timedelta(seconds=self.payment_window_s),
            timedelta(seconds=self.acceptance_window_s), timedelta(seconds=self.trial_decision_s),
            Windows(*map(_seconds, (self.refund_window_s, self.refund_answer_s, self.return_window_s))),
        )  # fmt: skip


def _seconds(count: int) -> timedelta:
    return timedelta(seconds=count)
