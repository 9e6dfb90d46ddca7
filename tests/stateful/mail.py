"""Everything that the services say to each other, in memory: as their `app.py` wires them, in any order that may be.

Messages of one sender to one receiver keep their order, as within a partition; whatever else is on its way may come
first. Each is written and read as on the wire. A receiver is a consumer group of a service with its own rules; of a
state that keeps parts, a rule sees those that its message touches, and no others.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from headwater.contracts.base import Message, Sent, Wake
from headwater.rules import Aggregate, Route
from headwater_proof.services import subscriptions

Channel = tuple[str, str, str]
"""Who sends, to which group, about which id."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message on its way to one group."""

    group: str
    topic: str
    key: str
    type: type[Message]
    body: bytes

    def read(self) -> Message:
        """What is in it."""
        return self.type.from_json(self.body)


@dataclass(slots=True)
class Group:
    """One consumer group: its rules, and the states that they have come to."""

    name: str
    rules: Any
    wakes: bool
    topics: tuple[str, ...]
    states: dict[str, Any] = field(default_factory=dict)
    """Without their parts."""
    parts: defaultdict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))

    def apply(self, letter: Letter, now: datetime) -> Sequence[Message | Sent]:
        """What follows from a message. Raises whatever its rule raises."""
        message, rules = letter.read(), self.rules
        if isinstance(rules, Route):
            handler = rules.handlers.get(type(message))
            more = (letter.topic,) if rules.with_topic else ()
            return tuple(handler(message, now, *more)) if handler else ()
        assert type(message) in rules.accepts, f"{self.name} does not take {message.TYPE}"
        before = self._shown(letter.key, message)
        decision = rules.decide(before, message, now)
        if decision.state is not before:
            self._keep(letter.key, before, decision.state)
        return tuple(decision.messages)

    def _shown(self, key: str, message: Message) -> Any:
        state = self.states.get(key)
        if state is None or self.rules.parts is None:
            return state
        touched = self.rules.parts.touched(message)
        known = self.parts[key]
        seen = {name: known[name] for name in touched if name in known}
        return state.evolve(**{self.rules.parts.name: seen}) if seen else state

    def _keep(self, key: str, before: Any, after: Any) -> None:
        if self.rules.parts is not None:
            name = self.rules.parts.name
            had, has = getattr(before, name, {}), getattr(after, name)
            for gone in had.keys() - has.keys():
                del self.parts[key][gone]
            self.parts[key].update(has)
            after = after.evolve(**{name: {}})
        self.states[key] = after

    def due(self, now: datetime) -> Iterator[tuple[str, datetime]]:
        """Who asked to be woken by now."""
        if self.wakes:
            for key, state in self.states.items():
                if state.wake_at is not None and state.wake_at <= now:
                    yield key, state.wake_at


class Mail:
    """The mail between the services: what is underway, what has come, what went where nobody of them reads."""

    def __init__(self, services: Iterable[str], now: datetime) -> None:
        declared = [one for service in services for one in subscriptions(service)]
        self.groups = {one.name: Group(one.name, one.rules(), one.timers is not None, one.topics) for one in declared}
        self.now = now
        self.underway: dict[Channel, deque[Letter]] = {}
        self.came: list[Letter] = []
        self.outside: defaultdict[str, list[Message]] = defaultdict(list)
        """By topic, what partners and people read."""
        self.watchers: list[Callable[[str, Message, list[Message]], None]] = []
        """Each is told of all that happens: the group, what came to it, what it said."""
        self._readers: defaultdict[str, list[str]] = defaultdict(list)
        for group in self.groups.values():
            for topic in group.topics:
                self._readers[topic].append(group.name)
        self._senders = 0

    # --- sending ---------------------------------------------------------------------------------------------------

    def post(self, message: Message | Sent) -> None:
        """Somebody from outside sends a message; it may come before those that were sent before it."""
        self._senders += 1
        self._send(f"outside {self._senders}", message)

    def post_again(self, letter: Letter) -> None:
        """What came once is on its way once more."""
        self._senders += 1
        self.underway[f"again {self._senders}", letter.group, letter.key] = deque([letter])

    def ring(self) -> None:
        """Wake all who are due and not being woken already."""
        for group in self.groups.values():
            for key, due in list(group.due(self.now)):
                letter = Letter(group.name, group.topics[0], key, Wake, Wake(id=key, due=due).to_json())
                self.underway["timers", group.name, key] = deque([letter])

    def _send(self, sender: str, message: Message | Sent) -> None:
        to, body = (message.to, message.message) if isinstance(message, Sent) else (message.address(), message)
        readers = self._readers.get(to.topic, ())
        if not readers:
            self.outside[to.topic].append(body)
        data = body.to_json()
        for group in readers:
            letter = Letter(group, to.topic, to.key, type(body), data)
            self.underway.setdefault((sender, group, to.key), deque()).append(letter)

    # --- delivering ------------------------------------------------------------------------------------------------

    def deliver(self, channel: Channel) -> None:
        """The next message of a channel comes."""
        letters = self.underway[channel]
        letter = letters.popleft()
        if not letters:
            del self.underway[channel]
        self.came.append(letter)
        try:
            told = self.groups[letter.group].apply(letter, self.now)
        except Exception as bug:
            raise AssertionError(f"{letter.group} makes a dead letter of {letter.read()}") from bug
        bodies = [one.message if isinstance(one, Sent) else one for one in told]
        for watcher in self.watchers:
            watcher(letter.group, letter.read(), bodies)
        for message in told:
            self._send(f"{letter.group} {letter.key}", message)

    def some_come(self, chance: Random, most: int) -> None:
        """Some of what is underway comes, in any order."""
        for _ in range(chance.randint(min(1, most), most)):
            if not self.underway:
                return
            self.deliver(chance.choice(list(self.underway)))

    def all_come(self) -> None:
        """Everything comes, and what follows from it, until nobody has anything to say."""
        for _ in range(100_000):
            if not self.underway:
                return
            self.deliver(next(iter(self.underway)))
        raise AssertionError(f"the services go on talking: {list(self.underway)[:5]}")

    # --- looking ---------------------------------------------------------------------------------------------------

    def states(self, group: str) -> dict[str, Any]:
        """The states of an aggregate by id, without their parts."""
        return self.groups[group].states

    def parts(self, group: str) -> dict[str, dict[str, Any]]:
        """The parts of an aggregate's states by id."""
        return self.groups[group].parts

    def alarms(self) -> list[datetime]:
        """When somebody asked to be woken."""
        groups = (group for group in self.groups.values() if group.wakes)
        return [one.wake_at for group in groups for one in group.states.values() if one.wake_at is not None]

    def all_parts(self, kind: type[Any]) -> Iterator[Any]:
        """All parts of a type, whoever owns them."""
        for group in self.groups.values():
            if isinstance(group.rules, Aggregate) and group.rules.parts and issubclass(group.rules.parts.type, kind):
                for parts in group.parts.values():
                    yield from parts.values()

    def documents(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        """What would be stored, by service and collection, as the checker reads it."""
        found: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for group in self.groups.values():
            rules = group.rules
            if not isinstance(rules, Aggregate):
                continue
            stored = found.setdefault(group.name.partition(".")[0], {})
            name = rules.parts.name if rules.parts else ""
            stored[rules.collection] = [
                {"_id": id, **state.model_dump(exclude={name})} for id, state in group.states.items()
            ]
            if name:
                stored[f"{rules.collection}.{name}"] = [
                    {"_id": f"{id}/{key}", "root": id, "key": key, **part.model_dump()}
                    for id, parts in group.parts.items()
                    for key, part in parts.items()
                ]
        return found
