"""A supplier: a source factory (源头工厂) as buyers see it."""

from __future__ import annotations

from datetime import datetime

from headwater.contracts.base import Done, Message, Sent, SupplierId
from headwater.contracts.catalog import RegisterSupplier, SupplierRegistered
from headwater.decision import Decision, State

ACCEPTS = (RegisterSupplier,)


class Supplier(State):
    """What is known of a supplier."""

    supplier_id: SupplierId
    name: str
    name_zh: str
    town: str


def decide(supplier: Supplier | None, message: Message, now: datetime) -> Decision[Supplier]:
    """Register a supplier, or change what is known of it; the same again changes nothing."""
    if not isinstance(message, RegisterSupplier):
        return Decision(supplier)
    known = Supplier(supplier_id=message.supplier_id, name=message.name, name_zh=message.name_zh, town=message.town)
    done = (Sent(to=message.reply_to, message=Done(id=message.supplier_id)),) if message.reply_to else ()
    if known == supplier:
        return Decision(supplier, done)
    event = SupplierRegistered(supplier_id=known.supplier_id, name=known.name, name_zh=known.name_zh, town=known.town)
    return Decision(known, (event, *done))
