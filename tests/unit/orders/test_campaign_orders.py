"""Orders of a campaign: from its start, by the broker's clock, of what is set aside for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from headwater.contracts.base import Refused
from headwater.contracts.campaigns import CampaignRun, enrolment_id
from headwater.contracts.logistics import ReserveStock
from headwater.contracts.orders import OrderPlaced
from tests.unit.orders.building import NOW, decide, place, told

START = NOW + timedelta(minutes=5)
RUN = CampaignRun(campaign_id="festival", starts_at=START, ends_at=START + timedelta(minutes=5))


def refusal(at: Any, **changes: Any) -> Refused:
    decision = decide(None, place(campaign=RUN).model_copy(update=changes), at)
    assert decision.state is None
    (refused,) = told(decision, Refused)
    return refused  # type: ignore[no-any-return]


def test_before_the_start_it_is_refused_with_the_time_to_come_back_and_the_same_order_is_taken_then() -> None:
    refused = refusal(START - timedelta(milliseconds=1))
    assert refused.code == "campaign_not_started"
    assert "starts 2026-11-11 00:05:00 UTC: place the order again" in refused.detail
    assert told(decide(None, place(campaign=RUN), START), OrderPlaced)


def test_after_the_end_it_is_refused() -> None:
    assert refusal(RUN.ends_at).code == "campaign_over"


def test_it_asks_for_the_pieces_that_are_set_aside_and_says_for_whom() -> None:
    (asked,) = told(decide(None, place(campaign=RUN), START), ReserveStock)
    assert asked.enrolment_id == enrolment_id("festival", "off-X")
    assert asked.buyer_id == "shop"
    (usual,) = told(decide(None, place(), NOW), ReserveStock)
    assert usual.enrolment_id is None


@pytest.mark.parametrize(
    "run",
    [None, RUN.model_copy(update={"starts_at": NOW}), RUN.model_copy(update={"ends_at": NOW + timedelta(days=1)}),
     RUN.model_copy(update={"campaign_id": "other"})],
)  # fmt: skip
def test_the_campaign_of_a_quote_cannot_be_changed(run: Any) -> None:
    assert refusal(START, campaign=run).code == "forged_quote"
