"""Replay: the rules applied once more to what stands in the inboxes must give exactly what is stored and published.

The rules are pure and a record carries its own time, so an inbox decides everything: which messages were repeats, every
version of every state, every message that followed, and its number. A state that a zombie wrote, a batch that was
applied twice or in part, a lost or an invented message: each shows as a difference. This replay is written from the
rules of the road (docs/decisions/0001), not from `processor.py`: one message at a time, on whole states, without
batches, caches or parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import bson
from pydantic import TypeAdapter, ValidationError

from headwater.contracts.base import Key, Message, Sent
from headwater.envelope import Unreadable, decode
from headwater.producer import partition_of
from headwater.rules import Aggregate, Route
from headwater.service import Subscription
from headwater.store import OPTIONS
from headwater_proof.checks.case import Case
from headwater_proof.evidence import Record, Violation

KEY: TypeAdapter[str] = TypeAdapter(Key)
Place = tuple[str, int]
"""A topic and its partition."""


@dataclass(slots=True)
class Lane:
    """What one inbox partition leads to."""

    name: str
    place: Place
    seen: dict[str, set[int]] = field(default_factory=dict)
    sent: dict[Place, list[tuple[str, bytes, bytes, int]]] = field(default_factory=dict)
    """By target, in order: type, key, value and revision. The number of a message is its place in the list."""
    dead: set[int] = field(default_factory=set)
    """Offsets of the records that could not be read or applied."""
    repeats: int = 0
    applied: int = 0
    next: int | None = None


class Replay:
    """One consumer group, from the first record to the last."""

    def __init__(self, group: Subscription, case: Case) -> None:
        self.group = group
        self.rules = group.rules()
        self.states: dict[str, tuple[Any, int]] = {}
        self.lanes: list[Lane] = []
        self._case = case

    def run(self) -> Replay:
        """Apply everything."""
        for topic in self.group.topics:
            lanes: dict[int, Lane] = {}
            for record in self._case.evidence.records.get(topic, ()):
                name = f"{self.group.name}:{topic}/{record.partition}"
                lane = lanes.setdefault(record.partition, Lane(name, (topic, record.partition)))
                self._apply(lane, record)
                lane.next = record.offset + 1
            self.lanes += lanes.values()
        return self

    def _apply(self, lane: Lane, record: Record) -> None:
        try:
            envelope = decode(record.headers, record.value, numbered=self.rules.trusts_sources)
            key = (record.key or b"").decode()
            if self.rules.keyed and getattr(envelope.message, type(envelope.message).KEY or "", key) != key:
                raise Unreadable("the key is not that of the message")
            if self.rules.keyed and not _is_key(key):
                raise Unreadable("the key is none")
            if self.rules.keyed and partition_of(key.encode(), self.partitions(record.topic)) != record.partition:
                raise Unreadable("the key belongs into another partition")
        except (Unreadable, UnicodeDecodeError):
            lane.dead.add(record.offset)
            return
        if envelope.sequence is not None:
            numbers = lane.seen.setdefault(envelope.source, set())
            if envelope.sequence in numbers:
                lane.repeats += 1
                return
            numbers.add(envelope.sequence)
        now = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        try:
            messages, revision = self._decide(key, envelope.message, now, record.topic)
        except Exception:
            lane.dead.add(record.offset)
            return
        lane.applied += 1
        for message in messages:
            self._send(lane, message, revision)

    def _decide(self, key: str, message: Message, now: datetime, topic: str) -> tuple[Any, int]:
        rules = self.rules
        if isinstance(rules, Route):
            handler = rules.handlers.get(type(message))
            more = (topic,) if rules.with_topic else ()
            return (handler(message, now, *more) if handler else ()), 0
        assert isinstance(rules, Aggregate)
        if type(message) not in rules.accepts:
            raise TypeError("not for this aggregate")
        state, version = self.states.get(key, (None, 0))
        decision = rules.decide(state, message, now)
        if decision.state is not state:
            version += 1
            self.states[key] = (decision.state, version)
        return decision.messages, version

    def _send(self, lane: Lane, message: Message | Sent, revision: int) -> None:
        to, body = (message.to, message.message) if isinstance(message, Sent) else (message.address(), message)
        key = to.key.encode()
        target = (to.topic, partition_of(key, self.partitions(to.topic)))
        lane.sent.setdefault(target, []).append((body.TYPE, key, body.to_json(), revision))

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has."""
        return self._case.evidence.partitions.get(topic, 1)


def _is_key(key: str) -> bool:
    try:
        KEY.validate_python(key)
    except ValidationError:
        return False
    return True


def replayed(case: Case, service: str, groups: tuple[Subscription, ...]) -> Iterator[Violation]:
    """Judge all groups of a service."""
    for group in groups:
        replay = Replay(group, case).run()
        yield from _lanes(case, service, replay)
        yield from _states(case, service, replay)
        yield from _messages(case, replay)
        yield from _dead(case, replay)


def _lanes(case: Case, service: str, replay: Replay) -> Iterator[Violation]:
    """Consumed = applied + repeated + dead, and the mark knows exactly what has come."""
    marks = case.documents(service, "marks")
    for lane in replay.lanes:
        mark = marks.get(lane.name, {})
        if mark.get("next") != lane.next:
            yield Violation(
                "consumed", lane.name, f"is processed up to {mark.get('next')}, its inbox ends at {lane.next}"
            )
            continue
        numbers = {source: (max(found), len(found)) for source, found in lane.seen.items()}
        known = {source: (high, high - sum(b - a + 1 for a, b in gaps)) for source, high, gaps in mark.get("seen", ())}
        if numbers != known:
            yield Violation("consumed", lane.name, f"has seen {known}, what came is {numbers}")
        sent = {f"{topic}/{partition}": len(messages) for (topic, partition), messages in lane.sent.items()}
        if sent != dict(mark.get("sent", ())):
            yield Violation("versions", lane.name, f"has numbered {dict(mark.get('sent', ()))}, should be {sent}")


def _states(case: Case, service: str, replay: Replay) -> Iterator[Violation]:
    rules = replay.rules
    if not isinstance(rules, Aggregate):
        return
    stored = case.documents(service, rules.collection)
    whole = {id: state for id, state in replay.states.items() if state[0] is not None}
    for id in sorted(stored.keys() | whole.keys()):
        expected = _document(id, *whole[id], rules) if id in whole else None
        if expected != stored.get(id):
            yield Violation("replay", f"{rules.collection} {id}", _difference(expected, stored.get(id)))
    if rules.parts is not None:
        name = rules.parts.name
        parts = {f"{id}/{key}": part for id, (state, _) in whole.items() for key, part in getattr(state, name).items()}
        found = case.documents(service, f"{rules.collection}.{name}")
        for id in sorted(parts.keys() | found.keys()):
            root, _, key = id.partition("/")
            want = _stored({"_id": id, "root": root, "key": key, **parts[id].model_dump()}) if id in parts else None
            if want != found.get(id):
                yield Violation("replay", f"{rules.collection}.{name} {id}", _difference(want, found.get(id)))


def _document(id: str, state: Any, version: int, rules: Aggregate) -> Mapping[str, Any]:
    fields = state.model_dump(exclude={rules.parts.name} if rules.parts else None)
    if fields["wake_at"] is None:
        del fields["wake_at"]
    return _stored({"_id": id, "version": version, **fields})


def _stored(document: dict[str, Any]) -> Mapping[str, Any]:
    return bson.decode(bson.encode(document), OPTIONS)


def _difference(expected: Mapping[str, Any] | None, found: Mapping[str, Any] | None) -> str:
    if expected is None or found is None:
        return f"is {'stored' if found else 'not stored'}, and should {'' if expected else 'not '}be"
    names = [name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)]
    return "; ".join(f"{name} is {found.get(name)!r}, should be {expected.get(name)!r}" for name in sorted(names))[:600]


def _messages(case: Case, replay: Replay) -> Iterator[Violation]:
    """On each topic stands what the rules say, under the number that it should have, at least once."""
    for lane in replay.lanes:
        found = case.sent_by(lane.name)
        for target in sorted(found.keys() | lane.sent.keys()):
            expected = dict(enumerate(lane.sent.get(target, ()), start=1))
            for number in sorted(expected.keys() | found.get(target, {}).keys()):
                yield from _same(lane.name, target, number, expected.get(number), found.get(target, {}).get(number, ()))


def _same(lane: str, target: Place, number: int, expected: Any, found: Any) -> Iterator[Violation]:
    about = f"{lane} to {target[0]}/{target[1]} #{number}"
    if not found:
        yield Violation("replay", about, f"{expected[0]} was never published")
    for one in found:
        if one != expected:
            yield Violation("replay", about, f"{one} is published, should be {expected}"[:600])


def _dead(case: Case, replay: Replay) -> Iterator[Violation]:
    """What could not be read or applied stands in the dead letters, and nothing else does."""
    for lane in replay.lanes:
        topic, partition = lane.place
        found = case.dead_letters(topic, partition, replay.group.name)
        if found != lane.dead:
            yield Violation("consumed", lane.name, f"dead letters at {sorted(found)}, should be at {sorted(lane.dead)}")
