"""Bugs on purpose: each is a mistake that somebody could make, switched on by a test to see whether it is caught.

The road's bugs are in the processor, the store and the outbox; the others are in the rules. While one is planted, the
simulation runs with it; the checker judges with the true rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import bson

from headwater import outbox, timers
from headwater.contracts.orders import CancelOrder, ConfirmOrder
from headwater.decision import Decision
from headwater.marks import Mark, Seen
from headwater.processor import Processor
from headwater.producer import PublishFailed
from headwater.rules import Aggregate, Hot
from headwater.store import LaneLost, StoreAway, write_mark
from headwater_proof.services import subscriptions
from headwater_proof.sim.store import Database
from logistics.domain import partners, shipment, stock
from orders.domain import checkout, ledger, order, withdrawals
from reviews.domain import sku


@dataclass(frozen=True, slots=True)
class Bug:
    """A mistake, and how it is made."""

    name: str
    what: str
    plant: Callable[[], AbstractContextManager[Any]]


BUGS: dict[str, Bug] = {}


def bug(what: str) -> Callable[[Callable[[], Iterator[None]]], Bug]:
    """Name a bug after its function."""

    def plant(function: Callable[[], Iterator[None]]) -> Bug:
        @contextmanager
        def planted() -> Iterator[None]:
            # A service that is declared meanwhile takes the faulty rule, and is not to be met later.
            subscriptions.cache_clear()
            with contextmanager(function)():
                yield
            subscriptions.cache_clear()

        name = function.__name__.replace("_", "-")
        BUGS[name] = Bug(name, what, planted)
        return BUGS[name]

    return plant


# --- the road -----------------------------------------------------------------------------------------------------


@bug("what a dead member left in its outbox is not published by its heir")
def forget_outbox() -> Iterator[None]:
    async def nothing(self: Any, lane: str) -> list[Any]:
        return []

    with patch("headwater_proof.sim.store.SimStore.outbox", nothing):
        yield


@bug("a commit does not compare the mark: a zombie writes")
def skip_compare_and_set() -> Iterator[None]:
    right = Database.commit

    def commit(self: Database, changes: Any) -> None:
        current = self.marks([old.lane for old, _ in changes.marks])
        changes.marks = [(current.get(old.lane, old), new) for old, new in changes.marks]
        right(self, changes)

    with patch.object(Database, "commit", commit):
        yield


@bug("the epoch alone is compared, and taking a lane does not raise it: a zombie writes")
def forget_epoch() -> Iterator[None]:
    right = Database.take

    def take(self: Database, lane: str) -> Mark:
        mark = replace(right(self, lane), epoch=1)
        self.put("marks", lane, bson.encode(write_mark(mark)))
        return mark

    with patch.object(Database, "take", take), patch.object(Database, "commit", _comparing_epochs):
        yield


@bug("the epoch alone is compared: a commit that comes late undoes those after it")
def compare_epoch_only() -> Iterator[None]:
    with patch.object(Database, "commit", _comparing_epochs):
        yield


_commit = Database.commit


def _comparing_epochs(self: Database, changes: Any) -> None:
    current = self.marks([old.lane for old, _ in changes.marks])
    for old, _ in changes.marks:
        if current[old.lane].epoch != old.epoch:
            raise LaneLost("another epoch")
    _commit(self, replace(changes, marks=[(current[old.lane], new) for old, new in changes.marks]))


@bug("the mark of a batch is not stored: after a restart the batch is applied again")
def drop_mark() -> Iterator[None]:
    right = Database.commit

    def commit(self: Database, changes: Any) -> None:
        right(self, changes)
        for old, new in changes.marks:
            if new.outbox % 7 == 3:
                self.put("marks", old.lane, bson.encode(write_mark(replace(new, next=old.next, seen=old.seen))))

    with patch.object(Database, "commit", commit):
        yield


@bug("a failed publish is taken for done")
def swallow_publish_error() -> Iterator[None]:
    from headwater_proof.sim.broker import Producer

    right = Producer.publish

    async def publish(self: Any, records: Any) -> None:
        try:
            await right(self, records)
        except PublishFailed:
            return

    with patch.object(Producer, "publish", publish):
        yield


@bug("the mark is stored in a transaction of its own, before the states")
def acknowledge_first() -> Iterator[None]:
    from headwater_proof.sim.store import SimStore

    right = SimStore.commit

    async def commit(self: SimStore, changes: Any) -> None:
        ahead = replace(changes, writes={}, outbox=[], published=[])
        await right(self, ahead)
        await self._ask(lambda: self._database.commit(replace(changes, marks=[])))

    with patch.object(SimStore, "commit", commit):
        yield


@bug("the states are stored in a transaction of their own, before the mark")
def states_first() -> Iterator[None]:
    from headwater_proof.sim.store import SimStore

    right = SimStore.commit

    async def commit(self: SimStore, changes: Any) -> None:
        await self._ask(lambda: self._database.commit(replace(changes, marks=[], outbox=[], published=[])))
        await right(self, replace(changes, writes={}))

    with patch.object(SimStore, "commit", commit):
        yield


@bug("repeated messages are applied again")
def forget_seen() -> Iterator[None]:
    def is_new(self: Seen, source: str, sequence: int) -> bool:
        high, missing = self.marks.get(source, (0, ()))
        self.marks[source] = (max(high, sequence), missing)
        return True

    with patch.object(Seen, "is_new", is_new):
        yield


@bug("only the highest number of a source is remembered: what comes late is taken for a repeat")
def high_water_only() -> Iterator[None]:
    def is_new(self: Seen, source: str, sequence: int) -> bool:
        high, _ = self.marks.get(source, (0, ()))
        self.marks[source] = (max(high, sequence), ())
        return sequence > high

    with patch.object(Seen, "is_new", is_new):
        yield


@bug("the outbox is deleted in the transaction that writes it")
def outbox_deleted_early() -> Iterator[None]:
    right = Database.commit

    def commit(self: Database, changes: Any) -> None:
        right(self, changes)
        for box in changes.outbox:
            self.collections["outbox"].pop(box["_id"], None)

    with patch.object(Database, "commit", commit):
        yield


@bug("numbers begin anew when a lane changes hands")
def numbers_begin_anew() -> Iterator[None]:
    right = Database.take

    def take(self: Database, lane: str) -> Mark:
        return replace(right(self, lane), sent={})

    with patch.object(Database, "take", take):
        yield


@bug("states stay in memory when a lane is lost, and are used when it comes back")
def keep_hot_states() -> Iterator[None]:
    with patch.object(Hot, "forget", lambda self, lane: None):
        yield


@bug("states are kept in memory before they are committed")
def adopt_before_commit() -> Iterator[None]:
    right = Processor._commit

    async def commit(self: Processor, changes: Any) -> None:
        entries = self._rules._entries.copy() if isinstance(self._rules, Aggregate) else None
        self._rules.adopt()
        if entries is not None:
            self._rules._entries = entries  # type: ignore[attr-defined]
        await right(self, changes)

    with patch.object(Processor, "_commit", commit), patch.object(Hot, "forget", lambda self, lane: None):
        yield


@bug("a commit without an answer is taken for done")
def assume_committed() -> Iterator[None]:
    async def commit(self: Processor, changes: Any) -> None:
        try:
            await self._store.commit(changes)
        except StoreAway:
            return

    with patch.object(Processor, "_commit", commit):
        yield


@bug("a commit without an answer is taken for failed: the batch is dropped and goes on behind it")
def drop_batch_in_doubt() -> Iterator[None]:
    async def give_back(self: Processor, by_partition: Any, consumer: Any) -> None:
        for tp in by_partition:
            self._forget(tp)

    async def commit(self: Processor, changes: Any) -> None:
        try:
            await self._store.commit(changes)
        except StoreAway as away:
            raise LaneLost("in doubt") from away

    with patch.object(Processor, "_commit", commit), patch.object(Processor, "_give_back", give_back):
        yield


@bug("a message that cannot be read takes the rest of its batch with it")
def poison_drops_the_rest() -> Iterator[None]:
    right = Processor._decide

    def decide(self: Processor, batch: Any, careful: bool = False) -> None:
        bad = next((n for n, letter in enumerate(batch.letters) if letter.fault is not None), None)
        if bad is not None:
            batch.letters = batch.letters[: bad + 1]
        right(self, batch, careful)

    with patch.object(Processor, "_decide", decide):
        yield


@bug("a message that cannot be read is dropped without a dead letter")
def no_dead_letter() -> Iterator[None]:
    with patch.object(outbox.OutboxWriter, "dead_letter", lambda self, record, error, processor: None):
        yield


@bug("what a poll brings from before the mark is processed again")
def no_skip_before_the_mark() -> Iterator[None]:
    with patch.object(Processor, "_unprocessed", lambda self, lane, records, consumer: records):
        yield


@bug("a new owner reads on from the offset that Kafka was told, not from the mark, and trusts it")
def trust_kafkas_offsets() -> Iterator[None]:
    right = Database.take

    def take(self: Database, lane: str) -> Mark:
        return replace(right(self, lane), next=None)

    with patch.object(Database, "take", take):
        yield


@bug("the version of an aggregate goes up once a batch, not once a change")
def version_once_a_batch() -> Iterator[None]:
    right = Aggregate.apply

    def apply(self: Aggregate, incoming: Any) -> Any:
        messages, _ = right(self, incoming)
        entry = self._entries[incoming.key]
        entry.version = min(entry.version, entry.stored_version + 1)
        return messages, entry.version

    with patch.object(Aggregate, "apply", apply):
        yield


@bug("a part that changed is not written when its aggregate was in memory")
def forget_parts() -> Iterator[None]:
    right = Database.commit

    def commit(self: Database, changes: Any) -> None:
        for collection, documents in changes.writes.items():
            if "." in collection and len(documents) > 1:
                documents.popitem()
        right(self, changes)

    with patch.object(Database, "commit", commit):
        yield


@bug("what is taken to be new overwrites what is there")
def births_overwrite() -> Iterator[None]:
    right = Database.commit

    def commit(self: Database, changes: Any) -> None:
        right(self, replace(changes, births=set()))

    with patch.object(Database, "commit", commit):
        yield


@bug("a refusal of what is taken to be new counts though something is there")
def refuse_unseen() -> Iterator[None]:
    async def holds(self: Aggregate, store: Any) -> bool:
        return True

    with patch.object(Aggregate, "holds", holds):
        yield


@bug("a timer that was told once is never told again")
def timers_told_once() -> Iterator[None]:
    right = timers.Sweeper.sweep

    async def sweep(self: Any, now: Any) -> int:
        kept = dict(self._told)
        try:
            told: int = await right(self, now)
        finally:
            self._told = dict.fromkeys({**kept, **self._told}, (now, timers.MOST_PATIENCE))
        return told

    with patch.object(timers.Sweeper, "sweep", sweep):
        yield


# --- the rules ----------------------------------------------------------------------------------------------------


@bug("a hold that is released twice gives its pieces back twice")
def release_twice() -> Iterator[None]:
    right = stock.release

    def release(state: Any, message: Any) -> Any:
        hold = state.holds.get(message.order_id)
        if hold is not None and hold.status == "released" and hold.allocations:
            holds = {**state.holds, message.order_id: hold.model_copy(update={"status": "held"})}
            return right(state.evolve(holds=holds), message)
        return right(state, message)

    with patch.object(stock, "release", release):
        yield


@bug("goods are counted each time that their receipt comes")
def receipts_count_twice() -> Iterator[None]:
    right = stock.receive

    def receive(network: Any, state: Any, before: Any, message: Any) -> Any:
        return right(network, state.evolve(receipts=()), before, message)

    with patch.object(stock, "receive", receive):
        yield


@bug("what is held counts as free: oversold")
def oversell() -> Iterator[None]:
    with patch.object(stock.Shelf, "free", property(lambda self: self.on_hand)):
        yield


@bug("a parcel is picked from the shelf each time that it is reported")
def pick_twice() -> Iterator[None]:
    right = stock.pick

    def pick(state: Any, message: Any) -> Any:
        hold = state.holds.get(message.order_id)
        if hold is not None and hold.status == "picked":
            again = hold.model_copy(update={"status": "held", "picked": {}})
            return right(state.evolve(holds={**state.holds, message.order_id: again}), message)
        return right(state, message)

    with patch.object(stock, "pick", pick):
        yield


@bug("an order that is refused keeps what it holds")
def refused_keeps_its_holds() -> Iterator[None]:
    with patch.object(order, "release", lambda state, but="": ()):
        yield


@bug("a second payment is taken")
def pay_twice() -> Iterator[None]:
    right = order._why_not_paid

    def why_not(state: Any, message: Any, now: Any) -> Any:
        fault = right(state, message, now)
        return None if fault is not None and fault[0] == "already_paid" else fault

    with patch.object(order, "_why_not_paid", why_not):
        yield


@bug("an order that is paid can still be cancelled")
def cancel_after_payment() -> Iterator[None]:
    right = order.cancel

    def cancel(state: Any, message: Any, now: Any) -> Any:
        early = state.evolve(status="confirmed") if state.status == "paid" else state
        return right(early, message, now)

    with patch.object(order, "cancel", cancel):
        yield


@bug("any carrier may report on any parcel")
def believe_every_carrier() -> Iterator[None]:
    right = shipment.tracked

    def tracked(state: Any, message: Any, now: Any) -> Any:
        theirs = message.model_copy(update={"carrier_id": state.carrier_id}) if state is not None else message
        return right(state, theirs, now)

    with patch.object(shipment, "tracked", tracked):
        yield


@bug("who wrote is told by the message, not by its topic")
def believe_the_message() -> Iterator[None]:
    right = partners.record_tracking

    def record_tracking(message: Any, now: Any, topic: str) -> Any:
        return right(message, now, f"partners.carrier.{message.carrier_id}.tracking.v1")

    with patch.object(partners, "record_tracking", record_tracking):
        yield


@bug("an order is completed when its first parcel arrives")
def complete_with_the_first_parcel() -> Iterator[None]:
    right = order.moved

    def moved(policy: Any, state: Any, message: Any, now: Any) -> Any:
        if message.status == "delivered":
            arrived = {id: "delivered" for id in state.shipments if id != message.shipment_id}
            state = state.evolve(shipments={**state.shipments, **arrived})
        return right(policy, state, message, now)

    with patch.object(order, "moved", moved):
        yield


@bug("a sale is counted with one piece, whatever was bought")
def count_lines_for_pieces() -> Iterator[None]:
    right = sku.sales_of

    def sales_of(message: Any, now: Any) -> Any:
        return tuple(one.model_copy(update={"pieces": 1}) for one in right(message, now))

    with patch.object(sku, "sales_of", sales_of):
        yield


@bug("the payment window is looked at only when the buyer pays")
def never_expire() -> Iterator[None]:
    with patch.object(order, "wake", lambda state, now: Decision(state)):
        yield


@bug("a checkout of all or none confirms its orders when the first of them is held")
def confirm_before_all_are_held() -> Iterator[None]:
    right = checkout._go_on

    def go_on(state: Any) -> Any:
        decision = right(state)
        if state.status == "placing" and state.all_or_none and not decision.messages:
            ids = [one.order_id for one in state.orders if one.status == "held"]
            return replace(decision, messages=tuple(ConfirmOrder(order_id=id) for id in ids))
        return decision

    with patch.object(checkout, "_go_on", go_on):
        yield


@bug("a checkout of all or none that is given up leaves what it holds to nobody")
def give_up_and_keep() -> Iterator[None]:
    right = checkout._give_up

    def give_up(state: Any) -> Any:
        decision = right(state)
        return replace(decision, messages=tuple(m for m in decision.messages if not isinstance(m, CancelOrder)))

    with patch.object(checkout, "_give_up", give_up):
        yield


@bug("a completed order tells its supplier's account nothing")
def release_and_forget() -> Iterator[None]:
    with patch.object(ledger, "credits_of", lambda *_of: ()):
        yield


@bug("a supplier withdraws more than there is")
def overdraw() -> Iterator[None]:
    with patch.object(withdrawals, "_why_not", lambda account, message: None):
        yield


@bug("a payout counts each time that its provider tells of it")
def pay_out_each_time() -> Iterator[None]:
    right = withdrawals.record

    def record(account: Any, message: Any, now: Any) -> Any:
        paid = f"payout.{message.withdrawal_id}" in account.postings
        return withdrawals._paid(account, message, now) if paid else right(account, message, now)

    with patch.object(withdrawals, "record", record):
        yield
