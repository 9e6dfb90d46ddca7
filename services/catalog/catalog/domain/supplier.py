"""A supplier: a source factory (源头工厂) as buyers see it."""

from __future__ import annotations

from datetime import datetime

from catalog.domain.answers import Fault, done, refused
from catalog.domain.listing import category_fault
from headwater.contracts.base import Message, SupplierId
from headwater.contracts.catalog import Making, MixedBatch, RegisterSupplier, SupplierRegistered
from headwater.decision import Decision, State

ACCEPTS = (RegisterSupplier,)


class Supplier(State):
    """What is known of a supplier."""

    supplier_id: SupplierId
    name: str
    name_zh: str
    town: str
    makes: tuple[Making, ...] = ()
    certificates: tuple[str, ...] = ()
    mixed_batch: MixedBatch | None = None


SAID = tuple(name for name in Supplier.model_fields if name in SupplierRegistered.model_fields)


def decide(supplier: Supplier | None, message: Message, now: datetime) -> Decision[Supplier]:
    """Register a supplier, or change what is known of it; the same again changes nothing."""
    if not isinstance(message, RegisterSupplier):
        return Decision(supplier)
    said = {name: getattr(message, name) for name in SAID}
    known = Supplier(**said)
    fault = _fault(known)
    if fault is not None:
        return Decision(supplier, refused(message.supplier_id, message, fault))
    answer = done(message.supplier_id, message)
    if known == supplier:
        return Decision(supplier, answer)
    return Decision(known, (SupplierRegistered(**said), *answer))


def _fault(supplier: Supplier) -> Fault | None:
    return next((fault for making in supplier.makes if (fault := category_fault(making.category))), None)
