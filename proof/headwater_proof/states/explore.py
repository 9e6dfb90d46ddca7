"""Every state that a rule can reach with some messages, and how it gets from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from headwater.contracts.base import Message, Refused, Sent
from headwater.decision import Decision, State

MOST = 50_000
"""A world with more states than this has too many messages to be looked at whole."""
Status = str | None
"""Of an aggregate that does not exist yet, None."""


@dataclass(frozen=True, slots=True)
class Given:
    """A message as it may come, at a time, under the name that the diagram has for it."""

    label: str
    message: Message
    now: datetime


@dataclass(frozen=True, slots=True)
class World:
    """A rule and what may come to it. Each of `variants` is explored by itself; the diagram shows all of them."""

    service: str
    aggregate: str
    decide: Callable[[Any, Any, datetime], Decision[Any]]
    variants: Sequence[Sequence[Given]]
    told_apart: Callable[[Any], Any]
    """What of a state matters: two states of which this is equal are looked at once."""
    begins: Sequence[State | None] = (None,)
    """What there is before the first message, one after the other; None: nothing."""
    status: Callable[[Any], Status] = lambda state: str(state.status)
    """Which status the diagram shows a state in; None: in none yet."""
    forward: bool = False
    """Whether nothing is given at an earlier time than what led to a state: for what goes by the clock alone."""


@dataclass(slots=True)
class Found:
    """What exploring a world has shown."""

    edges: dict[tuple[Status, str], dict[str, None]] = field(default_factory=dict)
    """From one status to another, the messages that lead there."""
    refusals: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)
    """By code and type of message the statuses in which it is refused so; "new" before there is anything."""
    statuses: dict[str, None] = field(default_factory=dict)
    states: int = 0

    @property
    def ends(self) -> list[str]:
        """The statuses that nothing leads out of."""
        left = {before for before, _ in self.edges}
        return [status for status in self.statuses if status not in left]


def explore(world: World) -> Found:
    """All that can happen. Raises `ValueError` if that is more than can be looked at."""
    found = Found()
    for given in world.variants:
        for begin in world.begins:
            _explore(world, given, begin, found)
    return found


def _explore(world: World, given: Sequence[Given], begin: State | None, found: Found) -> None:
    new: list[tuple[State | None, datetime]] = [(begin, min(one.now for one in given))]
    seen: set[Any] = {None if begin is None else world.told_apart(begin)}

    def status(state: State | None) -> Status:
        return None if state is None else world.status(state)

    while new:
        state, since = new.pop(0)
        for one in given:
            if world.forward and one.now < since:
                continue
            decision = world.decide(state, one.message, one.now)
            _note(found, status(state), status(decision.state), one, decision)
            key = None if decision.state is None else world.told_apart(decision.state)
            if key not in seen:
                seen.add(key)
                new.append((decision.state, one.now))
        if len(seen) > MOST:
            raise ValueError(f"{world.service}.{world.aggregate} has more than {MOST:,} states: give it fewer messages")
    found.states += len(seen) - 1


def _note(found: Found, before: Status, after: Status, one: Given, decision: Decision[Any]) -> None:
    if after is not None:
        found.statuses.setdefault(after)
        if after != before:
            found.edges.setdefault((before, after), {}).setdefault(one.label)
    for code in _refused(decision.messages):
        found.refusals.setdefault((code, type(one.message).__name__), {}).setdefault(before or "new")


def _refused(messages: Sequence[Message | Sent]) -> list[str]:
    bodies = (message.message if isinstance(message, Sent) else message for message in messages)
    return [body.code for body in bodies if isinstance(body, Refused)]


def dumped(*without: str) -> Callable[[State], str]:
    """Tells states apart by all of their fields but these, such as a history that grows with each step."""
    left_out = {"reply_to", *without}

    def told_apart(state: State) -> str:
        return state.model_dump_json(exclude=left_out)

    return told_apart


def drawn(found: Found) -> str:
    """The diagram, in Mermaid."""
    lines = ["stateDiagram-v2"]
    for (before, after), labels in found.edges.items():
        lines.append(f"    {before or '[*]'} --> {after}: {', '.join(_shortest(labels))}")
    lines += [f"    {status} --> [*]" for status in found.ends]
    return "\n".join(lines)


def _shortest(labels: Collection[str]) -> list[str]:
    """`PayOrder` says all that `PayOrder a second time` says."""
    return [one for one in labels if not any(one.startswith(f"{other} ") for other in labels)]


def refusals(found: Found) -> str:
    """What is refused, when, as a table; empty if nothing is."""
    if not found.refusals:
        return ""
    rows = dict(sorted(found.refusals.items()))
    lines = ["| refused as | what | in |", "|---|---|---|"]
    lines += [f"| `{code}` | `{name}` | {', '.join(statuses)} |" for (code, name), statuses in rows.items()]
    return "\n".join(lines)
