"""The demo payment provider: asked to pay, it says in its own way what became of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from demo_payments.payout import payout
from demo_payments.settings import Settings
from headwater.contracts.payments import PayoutReported, RequestPayout
from headwater.sdk import PaymentProvider, Report, event_id

__all__ = ["Settings", "connect"]


def connect(provider_id: str, settings: Settings) -> PaymentProvider:
    """A payment provider that is ready to run."""
    provider = PaymentProvider(provider_id, settings)

    @provider.on(RequestPayout)
    async def pay(request: RequestPayout, report: Report) -> None:
        for told in payout(request, settings.payment_seed):
            await asyncio.sleep(told.after * settings.payment_step_ms / 1000)
            await report(
                PayoutReported(
                    withdrawal_id=request.withdrawal_id,
                    provider_id=provider.id,
                    supplier_id=request.supplier_id,
                    event_id=event_id(request.withdrawal_id, told.outcome),
                    outcome=told.outcome,
                    amount_fen=request.amount_fen,
                    reference=told.reference,
                    reason=told.reason,
                    occurred_at=datetime.now(UTC),
                )
            )

    return provider
