"""The demo payment provider: the same payout each time, told as badly as providers do, and some of them failed."""

from __future__ import annotations

from collections import Counter

from demo_payments.app import Settings, connect
from demo_payments.payout import payout
from headwater.contracts.payments import PayoutReported, RequestPayout
from headwater.sdk.testing import handled

SETTINGS = Settings(payment_step_ms=0)


def asked(id: str) -> RequestPayout:
    return RequestPayout(
        withdrawal_id=id, provider_id="demo-pay", supplier_id="sup", amount_fen=400, currency="CNY", payee="card"
    )  # type: ignore[arg-type]  # fmt: skip


async def reported(id: str) -> list[PayoutReported]:
    outcome = await handled(connect("demo-pay", SETTINGS), asked(id))
    assert outcome.dead_letters == []
    return [one for one in outcome.reports if isinstance(one, PayoutReported)]


async def test_a_payout_is_reported_in_the_name_of_its_provider_under_the_withdrawals_id() -> None:
    reports = await reported("wdr_1")
    assert {one.outcome for one in reports} in ({"accepted", "paid"}, {"accepted", "failed"})
    assert {(one.withdrawal_id, one.supplier_id, one.amount_fen) for one in reports} == {("wdr_1", "sup", 400)}
    assert {one.address() for one in reports} == {("payments.provider.demo-pay.reports.v1", "wdr_1")}


async def test_a_repeated_request_is_the_same_payout_under_the_same_event_ids() -> None:
    first, second = await reported("wdr_1"), await reported("wdr_1")
    told = [[(one.event_id, one.outcome, one.reference) for one in reports] for reports in (first, second)]
    assert told[0] == told[1]


def test_of_one_payout_it_never_says_both_ends() -> None:
    for number in range(1000):
        outcomes = {told.outcome for told in payout(asked(f"wdr_{number}"), seed=1)}
        assert ("paid" in outcomes) != ("failed" in outcomes)


def test_it_fails_repeats_reorders_and_is_slow_now_and_then() -> None:
    payouts = [payout(asked(f"wdr_{number}"), seed=1) for number in range(1000)]
    found = Counter(
        name
        for told in payouts
        for name, is_so in (
            ("failed", any(one.outcome == "failed" for one in told)), ("repeated", len(told) > 2),
            ("reversed", told[0].outcome != "accepted"), ("slow", max(one.after for one in told) > 1.5),
        )
        if is_so
    )  # fmt: skip
    assert 110 <= found["failed"] <= 190
    assert 250 <= found["repeated"] <= 350
    assert 250 <= found["reversed"] <= 350
    assert 40 <= found["slow"] <= 130


def test_another_seed_fails_others() -> None:
    ids = [asked(f"wdr_{number}") for number in range(100)]
    assert [payout(one, 1) for one in ids] != [payout(one, 2) for one in ids]
