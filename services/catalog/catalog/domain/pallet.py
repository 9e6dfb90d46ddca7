"""A pallet (货盘): offers of a chain leader (链主) that other sellers may co-distribute, each with the leader's floor.

The pallet is the leader's consent: a seller's wish goes through it to the seller's offer (`distribution.py`). That its
publisher is a chain leader was checked by the leader's standing, which `PutPallet` comes from. A pallet sees no
co-distributed offer: whoever reads one looks at its pallet too (`codistribution.py`), so that a withdrawal holds for
all of them at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from catalog.domain.answers import Fault, done, refused
from catalog.domain.changes import Applied, conflict, is_applied, with_change
from headwater.contracts.base import Message, OfferId, SupplierId
from headwater.contracts.distribution import (
    Codistribute,
    PalletGoods,
    PalletPublished,
    PalletWithdrawn,
    PutDistribution,
    PutPallet,
    WithdrawPallet,
)
from headwater.decision import Decision, State

ACCEPTS = (PutPallet, WithdrawPallet, Codistribute)


class Pallet(State):
    """What a leader lets others sell."""

    pallet_id: str
    leader_id: SupplierId
    name: str
    goods: tuple[PalletGoods, ...]
    status: Literal["published", "withdrawn"] = "published"
    withdrawn_because: str | None = None
    changes: Applied = ()

    def of(self, offer_id: OfferId) -> PalletGoods | None:
        """What it says of an offer; None if that is not on it."""
        return next((goods for goods in self.goods if goods.offer_id == offer_id), None)


def decide(pallet: Pallet | None, message: Message, now: datetime) -> Decision[Pallet]:
    """The outcome of one message for one pallet."""
    match message:
        case PutPallet():
            return put(pallet, message)
        case WithdrawPallet() | Codistribute() if pallet is None:
            detail = f"There is no pallet {message.pallet_id}; ListPallets gives all."
            return Decision(None, refused(message.pallet_id, message, ("no_such_pallet", detail)))
        case WithdrawPallet() if pallet is not None:
            return withdraw(pallet, message)
        case Codistribute() if pallet is not None:
            return consent(pallet, message)
        case _:
            return Decision(pallet)


def put(pallet: Pallet | None, message: PutPallet) -> Decision[Pallet]:
    """Publish it, or replace what is on it. Sellers of what is no longer on it can sell it no longer."""
    id, changes = message.pallet_id, pallet.changes if pallet is not None else ()
    if is_applied(changes, message):
        return Decision(pallet, done(id, message))
    fault = conflict(changes, message, f"pallet {id}") or _not_yours(pallet, message) or _twice(message)
    if fault is not None:
        return Decision(pallet, refused(id, message, fault))
    published = Pallet(
        pallet_id=id, leader_id=message.leader_id, name=message.name, goods=message.goods,
        changes=with_change(changes, message),
    )  # fmt: skip
    event = PalletPublished(pallet_id=id, leader_id=message.leader_id, name=message.name, goods=message.goods)
    return Decision(published, (event, *done(id, message)))


def withdraw(pallet: Pallet, message: WithdrawPallet) -> Decision[Pallet]:
    """Take the consent back, for all sellers at once."""
    id = pallet.pallet_id
    if is_applied(pallet.changes, message):
        return Decision(pallet, done(id, message))
    fault = conflict(pallet.changes, message, f"pallet {id}") or _not_yours(pallet, message)
    if fault is not None:
        return Decision(pallet, refused(id, message, fault))
    changed = pallet.evolve(changes=with_change(pallet.changes, message))
    if pallet.status == "withdrawn":
        return Decision(changed, done(id, message))
    withdrawn = changed.evolve(status="withdrawn", withdrawn_because=message.reason)
    event = PalletWithdrawn(pallet_id=id, leader_id=pallet.leader_id, reason=message.reason)
    return Decision(withdrawn, (event, *done(id, message)))


def consent(pallet: Pallet, message: Codistribute) -> Decision[Pallet]:
    """Pass a seller's wish on to its offer, if the goods are on the pallet."""
    fault = _fault(pallet, message)
    if fault is not None:
        return Decision(pallet, refused(message.offer_id, message, fault))
    return Decision(pallet, (PutDistribution(**dict(message), leader_id=pallet.leader_id),))


def _fault(pallet: Pallet, message: Codistribute) -> Fault | None:
    if message.supplier_id == pallet.leader_id:
        return "own_pallet", f"Pallet {pallet.pallet_id} is its seller's own: list the offer itself."
    if pallet.status == "withdrawn":
        return "pallet_withdrawn", f"Pallet {pallet.pallet_id} is withdrawn: {pallet.withdrawn_because}."
    if pallet.of(message.leader_offer_id) is None:
        return "not_on_pallet", (
            f"Offer {message.leader_offer_id} is not on pallet {pallet.pallet_id}; ListPallets shows what is."
        )
    return None


def _not_yours(pallet: Pallet | None, message: PutPallet | WithdrawPallet) -> Fault | None:
    if pallet is None or pallet.leader_id == message.leader_id:
        return None
    return "not_your_pallet", f"Pallet {pallet.pallet_id} belongs to another leader: choose another pallet_id."


def _twice(message: PutPallet) -> Fault | None:
    ids = [goods.offer_id for goods in message.goods]
    if len(set(ids)) == len(ids):
        return None
    twice = next(id for id in ids if ids.count(id) > 1)
    return "duplicate_offer", f"Offer {twice} is on the pallet twice: name each once, with its floor."
