"""Mistakes in the rules, made on purpose, that the mixed ways to buy must catch (like `headwater_proof/planted.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from headwater_proof.planted import BUGS
from headwater_proof.services import subscriptions
from logistics.domain import setting_aside, stock
from orders.domain import ledger, production, requisition
from tests.stateful.market import Market
from tests.stateful.ways import Campaigns, Companies, CustomOrders, PlainOrders

Plant = Callable[[], AbstractContextManager[Any]]
PLANTED: dict[str, tuple[type[Market], Plant]] = {
    name: (PlainOrders, BUGS[name].plant)
    for name in ("oversell", "pay-twice", "cancel-after-payment", "refused-keeps-its-holds")
}
"""By name, with the way to buy that meets it soonest. These are caught by the simulation, too; those below are in what
it does not play."""


def bug(way: type[Market]) -> Callable[[Callable[[], Iterator[None]]], Plant]:
    """Name a mistake after its function; a service that is declared meanwhile has it, and no other."""

    def plant(mistake: Callable[[], Iterator[None]]) -> Plant:
        @contextmanager
        def planted() -> Iterator[None]:
            subscriptions.cache_clear()
            with contextmanager(mistake)():
                yield
            subscriptions.cache_clear()

        PLANTED[mistake.__name__.replace("_", "-")] = way, planted
        return planted

    return plant


@bug(CustomOrders)
def refund_and_release() -> Iterator[None]:
    """What the buyer has back the supplier gets as well."""
    right = ledger.refunded

    def refunded(buyer_id: Any, amount_fen: int, vouched_fen: int, cause: Any, at: Any, of: str = "") -> Any:
        also = ledger.completed(amount_fen, cause, at)
        return {**right(buyer_id, amount_fen, vouched_fen, cause, at, of), **also}

    with patch.object(ledger, "refunded", refunded):
        yield


@bug(Companies)
def give_back_each_time() -> Iterator[None]:
    """An order that came to nothing is given back to its company each time that this is told."""
    right = requisition._noted

    def noted(company: Any, asked: Any, order_id: Any, state: str, why: str) -> Any:
        orders = tuple(one.model_copy(update={"state": "open"}) for one in asked.orders)
        return right(company, asked.model_copy(update={"orders": orders}), order_id, state, why)

    with patch.object(requisition, "_noted", noted):
        yield


@bug(Campaigns)
def campaigns_lose_what_comes_back() -> Iterator[None]:
    """What an order of a campaign gives back goes to everyone, though the campaign goes on."""
    with patch.object(setting_aside, "release", lambda state, message, hold: stock.release(state, message)):
        yield


@bug(Campaigns)
def no_limit_for_a_buyer() -> Iterator[None]:
    """In a campaign with a limit for each buyer, a buyer may have more."""
    right = setting_aside.why_not

    def why_not(aside: Any, message: Any, now: Any) -> Any:
        return right(aside and aside.model_copy(update={"limit": None}), message, now)

    with patch.object(setting_aside, "why_not", why_not):
        yield


@bug(CustomOrders)
def cancel_while_it_is_made() -> Iterator[None]:
    """A made-to-order order can be cancelled for nothing once it is paid."""
    right = production._made

    def made(policy: Any, order: Any, made: Any, message: Any, now: Any) -> Any:
        if type(message).__name__ == "CancelOrder" and order.status == "paid":
            order = order.evolve(status="confirmed")
        return right(policy, order, made, message, now)

    with patch.object(production, "_made", made):
        yield
