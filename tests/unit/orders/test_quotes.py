"""Orders are placed at prices that the catalog has sealed, for this buyer, until the quote expires."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from headwater.contracts.base import Refused
from headwater.contracts.orders import OrderCancelled, OrderPlaced, QuoteSeal
from headwater.contracts.quotes import sealed, secrets_from, to_seal
from orders.domain import order as rules
from orders.domain.state import Policy
from tests.unit.orders.building import NOW, after, cancel, decide, line, place, told


def refusal(message: Any, at: Any = NOW) -> str:
    """The code that placing is refused with."""
    decision = decide(None, message, at)
    assert decision.state is None
    (refused,) = told(decision, Refused)
    return str(refused.code)


@pytest.mark.parametrize(
    "change",
    [
        {"lines": (line(price=1),)},
        {"lines": (line(quantity=1000),)},
        {"lines": (line("X-M"),)},
        {"lines": (line(), line("X-M"))},
        {"lines": (line().model_copy(update={"vouched_fen": 1}),)},
        {"buyer_id": "thief"},
        {"supplier_id": "mill"},
        {"kind": "trial"},
    ],
)
def test_nothing_that_was_quoted_can_be_changed(change: dict[str, Any]) -> None:
    assert refusal(place().model_copy(update=change)) == "forged_quote"


def test_the_time_until_which_it_holds_cannot_be_changed() -> None:
    message = place()
    assert message.seal is not None
    later = message.seal.model_copy(update={"expires_at": NOW + timedelta(days=1)})
    assert refusal(message.model_copy(update={"seal": later})) == "forged_quote"


def test_a_quote_holds_until_it_expires() -> None:
    assert decide(None, place(), NOW + timedelta(minutes=15, seconds=-1)).state is not None
    assert refusal(place(), NOW + timedelta(minutes=15)) == "expired_quote"


def test_an_order_without_a_quote_is_refused() -> None:
    assert refusal(place(seal=None)) == "no_quote"


def test_a_secret_that_is_not_known_seals_nothing() -> None:
    seal = QuoteSeal(secret="other", expires_at=NOW + timedelta(days=1), mac="0" * 64)
    assert refusal(place(seal=seal)) == "forged_quote"


def test_quotes_of_the_secret_before_are_taken_while_it_is_known() -> None:
    both = secrets_from("new=a-new-secret-of-ours,test=known-to-everyone")
    assert rules.decide(Policy(both), None, place(), NOW).state is not None
    message = place()
    priced = (message.buyer_id, message.supplier_id, message.currency, message.kind, to_seal(message.lines))
    seal = sealed(both, NOW + timedelta(days=1), *priced)
    assert seal.secret == "new"
    assert refusal(message.model_copy(update={"seal": seal})) == "forged_quote"


@pytest.mark.parametrize("setting", ["", "a", "a=", "a=short", "=0123456789abcdef"])
def test_a_setting_without_a_secret_is_an_error_that_says_so(setting: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        secrets_from(setting)


def test_an_order_placed_before_is_told_again_though_its_quote_has_expired() -> None:
    order = after(place())
    assert not told(decide(order, place(), NOW + timedelta(days=1)), Refused)


def test_a_trial_that_is_cancelled_is_given_back() -> None:
    trial = place(kind="trial")
    assert told(decide(None, trial, NOW), OrderPlaced)[0].kind == "trial"
    assert told(decide(after(trial), cancel(), NOW), OrderCancelled)[0].trials == ("off-X",)
