"""An offer answers by message what a lot costs by its own ladder, sealed for the buyer, and changes nothing by it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from catalog.domain import lots
from headwater.contracts.base import Refused
from headwater.contracts.catalog import DelistOffer
from headwater.contracts.lots import LotPriced, PriceLot
from headwater.contracts.quotes import is_genuine, secrets_from
from tests.unit.catalog.building import CALLER, NOW, after, ladder, list_offer, listed, told

SECRETS = secrets_from("test=known-to-everyone")


def ask(pieces: int = 40, sku: str = "X-L") -> Any:
    return PriceLot(
        request_id="ord_1.price", offer_id="off-X", sku_id=sku, pieces=pieces, buyer_id="shop", reply_to=CALLER
    )  # type: ignore[arg-type]


def decide(offer: Any, message: Any) -> Any:
    return lots.decide(SECRETS, timedelta(minutes=15), offer, message, NOW)


@pytest.mark.parametrize(("pieces", "price"), [(2, 1000), (40, 900), (200, 800)])
def test_a_lot_has_the_ladder_s_price_under_a_genuine_seal(pieces: int, price: int) -> None:
    offer = listed()
    decision = decide(offer, ask(pieces))
    (answer,) = told(decision, LotPriced)
    quote, (line,) = answer.quote, answer.quote.lines
    assert (decision.state, answer.request_id) == (offer, "ord_1.price")
    assert (line.quantity, line.unit_price_fen, quote.seal.expires_at) == (pieces, price, NOW + timedelta(minutes=15))
    assert is_genuine(SECRETS, quote.seal, quote.buyer_id, quote.supplier_id, "CNY", "goods", quote.lines)
    assert not is_genuine(SECRETS, quote.seal, "eve", quote.supplier_id, "CNY", "goods", quote.lines)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("offer", "message", "code"),
    [
        (None, ask(), "no_such_offer"),
        (listed(), ask(sku="Z-L"), "no_such_sku"),
        (listed(), ask(1), "below_minimum"),
        (listed(order_multiple=12, min_order_quantity=12, price_ranges=ladder((12, 1000))), ask(40), "not_a_multiple"),
        (after(list_offer(), DelistOffer(offer_id="off-X", reason="over")), ask(), "delisted"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_ordered_has_no_price(offer: Any, message: Any, code: str) -> None:
    decision = decide(offer, message)
    (refused,) = told(decision, Refused)
    assert (decision.state, refused.id, refused.code) == (offer, "ord_1.price", code)


def test_what_is_no_question_goes_as_with_any_offer() -> None:
    assert decide(None, list_offer()).state == listed()
