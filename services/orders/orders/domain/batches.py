"""Batches of goods made to order: what a factory may bring, and what the stock has of it. Pure.

Whoever owns them (a made-to-order order, the pre-order of a pool) has each line received as stock by a receipt of its
own, and hears `Done` or `Refused` for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, Protocol

from headwater.contracts.base import Done, Key, Message, Refused, ReplyTo, Sent, SkuId, Value, WarehouseId
from headwater.contracts.logistics import ReceiveStock
from headwater.contracts.production import BatchLine

MOST_BATCHES = 200


class Batch(Value):
    """Goods that the factory has brought into an origin warehouse, and what their stock answered, line by line."""

    batch_id: Key
    warehouse_id: WarehouseId
    lines: tuple[BatchLine, ...]
    answers: tuple[Literal["asked", "received", "refused"], ...]
    why: str = ""
    """Why a line was refused."""
    reply_to: ReplyTo | None = None
    """Who waits to hear whether it is received; None once it was told."""


Batches = tuple[Batch, ...]


class Brought(Protocol):
    """What a factory says of a batch."""

    @property
    def batch_id(self) -> Key: ...
    @property
    def warehouse_id(self) -> WarehouseId: ...
    @property
    def lines(self) -> tuple[BatchLine, ...]: ...
    @property
    def reply_to(self) -> ReplyTo | None: ...


class Taken(NamedTuple):
    """The batches from now on, and what is asked or told."""

    batches: Batches
    messages: tuple[Message | Sent, ...] = ()


def pieces_in(batches: Iterable[Batch], sku_id: SkuId, *answers: str) -> int:
    """How many pieces of a SKU stand in batches with one of these answers."""
    return sum(
        line.pieces
        for batch in batches
        for line, answer in zip(batch.lines, batch.answers, strict=True)
        if line.sku_id == sku_id and answer in answers
    )


def number_of(batches: Batches, batch_id: Key) -> int | None:
    """At which place a batch stands; None: it is a new one."""
    return next((number for number, known in enumerate(batches) if known.batch_id == batch_id), None)


def why_not(whose: str, batches: Batches, wanted: Mapping[SkuId, int], message: Brought) -> tuple[str, str] | None:
    """Why a new batch is not taken; `whose` is the owner in words, `wanted` what it has made in all."""
    if len(batches) >= MOST_BATCHES:
        return "too_many_batches", f"{whose} came in {MOST_BATCHES} batches: bring the rest in one."
    if len({line.sku_id for line in message.lines}) < len(message.lines):
        return "duplicate_sku", "A SKU stands on two lines: add their pieces up into one."
    for line in message.lines:
        if line.sku_id not in wanted:
            return "not_in_order", f"{line.sku_id} is not in {whose[0].lower()}{whose[1:]}; it has {', '.join(wanted)}."
        lacking = wanted[line.sku_id] - pieces_in(batches, line.sku_id, "asked", "received")
        if line.pieces > lacking:
            return "too_many_pieces", f"{whose} still lacks {lacking} pieces of {line.sku_id}, not {line.pieces}."
    return None


def take(owner: ReplyTo, batches: Batches, message: Brought) -> Taken:
    """Have a new batch received, each line by a receipt of its own."""
    number = len(batches)
    taken = Batch(
        batch_id=message.batch_id, warehouse_id=message.warehouse_id, lines=message.lines,
        answers=("asked",) * len(message.lines), reply_to=message.reply_to,
    )  # fmt: skip
    receipts = tuple(
        ReceiveStock(
            sku_id=line.sku_id, warehouse_id=message.warehouse_id, pieces=line.pieces,
            receipt_id=receipt_id_of(owner.key, number, place), reply_to=owner,
        )
        for place, line in enumerate(message.lines)
    )  # fmt: skip
    return Taken((*batches, taken), receipts)


def receipt_id_of(owner: str, batch: int, line: int) -> str:
    """The receipt of a batch's line, both from 0; of all receipts there are no two alike."""
    return f"{owner}.{batch}.{line}"


def again(whose: str, batches: Batches, number: int, message: Brought, waits: bool) -> Taken:
    """The same batch once more, or another one under its id. `waits`: its receipts may still be answered."""
    known = batches[number]
    if (known.warehouse_id, known.lines) != (message.warehouse_id, message.lines):
        detail = f"Batch {message.batch_id} of {whose[0].lower()}{whose[1:]} has other contents: use a new batch_id."
        return Taken(batches, _refuse(message.reply_to, message.batch_id, "idempotency_conflict", detail))
    if "asked" in known.answers and waits:
        waiting = known.model_copy(update={"reply_to": message.reply_to or known.reply_to})
        return Taken(batches if waiting == known else _with(batches, number, waiting))
    return Taken(batches, _told(known, message.reply_to))


def answered(owner: str, batches: Batches, message: Done | Refused) -> Taken | None:
    """A line's stock has it, or will not; None: that was heard before, or is about nothing of these."""
    asked = ((number, line) for number, batch in enumerate(batches) for line in range(len(batch.lines)))
    place = next((at for at in asked if receipt_id_of(owner, *at) == message.id), None)
    if place is None or batches[place[0]].answers[place[1]] != "asked":
        return None
    number, line = place
    known = batches[number]
    answer = "received" if isinstance(message, Done) else "refused"
    answers = tuple(answer if at == line else one for at, one in enumerate(known.answers))
    why = message.detail if isinstance(message, Refused) else known.why
    heard = known.model_copy(update={"answers": answers, "why": why})
    told: tuple[Sent, ...] = ()
    if "asked" not in answers:
        told = _told(heard, known.reply_to)
        heard = heard.model_copy(update={"reply_to": None})
    return Taken(_with(batches, number, heard), told)


def _told(done: Batch, reply_to: ReplyTo | None) -> tuple[Sent, ...]:
    if reply_to is None:
        return ()
    if "refused" in done.answers:
        detail = f"{done.why} Report what was refused as a new batch."
        return _refuse(reply_to, done.batch_id, "batch_refused", detail)
    return (Sent(to=reply_to, message=Done(id=done.batch_id)),)


def _with(batches: Batches, number: int, batch: Batch) -> Batches:
    return (*batches[:number], batch, *batches[number + 1 :])


def _refuse(reply_to: ReplyTo | None, id: str, code: str, detail: str) -> tuple[Sent, ...]:
    return (Sent(to=reply_to, message=Refused(id=id, code=code, detail=detail)),) if reply_to else ()
