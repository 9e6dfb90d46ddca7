"""Payment providers (支付机构): what the platform asks of them, and what they report."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import (
    Address,
    Currency,
    Key,
    Message,
    ProviderId,
    ShortText,
    SupplierId,
    UtcTime,
    WithdrawalId,
)
from headwater.contracts.topics import provider_reports, provider_requests

PayoutOutcome = Literal["accepted", "paid", "failed"]
"""accepted: it will be paid or fail; paid and failed are for good: of one payout the provider says one of them."""
PaidFen = Annotated[int, Field(ge=1, le=10**15, strict=True)]
Payee = Annotated[str, Field(min_length=1, max_length=100)]
"""The account to pay to, as the provider knows it: a bank card, a corporate account."""


class RequestPayout(Message, key="withdrawal_id"):
    """To a provider: pay this amount out. A request that carries the same `withdrawal_id` is the same payout."""

    withdrawal_id: WithdrawalId
    provider_id: ProviderId
    supplier_id: SupplierId
    amount_fen: PaidFen
    currency: Currency
    payee: Payee

    def address(self) -> Address:
        """The provider's own requests topic."""
        return Address(provider_requests(self.provider_id), self.withdrawal_id)


class PayoutReported(Message, key="withdrawal_id"):
    """From a provider: what became of a payout. Said twice, late or in another order it changes nothing."""

    withdrawal_id: WithdrawalId
    provider_id: ProviderId
    supplier_id: SupplierId
    """As it was asked for."""
    event_id: Key
    outcome: PayoutOutcome
    amount_fen: PaidFen
    reference: ShortText = ""
    """The provider's own number of the transfer."""
    reason: ShortText = ""
    """Why it failed."""
    occurred_at: UtcTime

    def address(self) -> Address:
        """The provider's own reports topic."""
        return Address(provider_reports(self.provider_id), self.withdrawal_id)
