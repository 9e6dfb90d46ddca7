"""What the checker may look at: what clients wrote down, what is on the topics, what is in the stores. Nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple

Kind = Literal["receive", "place", "check out", "pay", "cancel", "accept", "review", "withdraw"]
What = Literal["invoke", "ok", "fail", "unknown"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a client's log. `invoke` is written down before the request goes out, its outcome after.

    `ok`: the platform said that it is done; `fail`: it said that it is not done and never will be (a refusal);
    `unknown`: no answer, or one that leaves it open. An `invoke` without an outcome is unknown, too.
    """

    at: float
    """Seconds since the run began, by the client's clock."""
    op: str
    """The operation; repeated tries of the same one (same Idempotency-Key) share it."""
    what: What
    kind: Kind
    subject: str
    """The order's id; for `receive` the receipt's, for `withdraw` the withdrawal's.

    Empty while a placing has not been told its order's id.
    """
    body: Mapping[str, Any] = field(default_factory=dict)
    """`invoke`: what was asked for. `ok` and `fail`: the answer.

    Asked for: receive {sku_id, warehouse_id, pieces}; place {buyer_id, lines: [{sku_id, quantity, unit_price_fen}]};
    check out {buyer_id, orders: [order_id], all_or_none}; pay {amount_fen, payment_id}; cancel {}; accept {};
    review {sku_id, rating}; withdraw {supplier_id, amount_fen}. Answers: place {status}; check out {status, orders},
    each of which is a place as well.
    """

    def to_json(self) -> str:
        """One line of a log file."""
        return json.dumps(asdict(self), ensure_ascii=False)


class Record(NamedTuple):
    """A record as it stands on a topic; `timestamp` is the broker's, in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


@dataclass(slots=True)
class Evidence:
    """Everything about one run, once it has come to rest."""

    history: Sequence[Entry]
    records: Mapping[str, Sequence[Record]]
    """By topic, each partition in the order of its offsets."""
    documents: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]
    """By database (a service's name) and collection, as decoded from BSON with aware times."""
    partitions: Mapping[str, int]
    """How many partitions each topic has."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must never be."""

    rule: str
    """The name of the rule: `acknowledged`, `stock`, `money`, `dispatch`, `together`, `versions`, `replay`, `consumed`,
    `ended`, ..."""
    about: str
    """The id of what it is about."""
    found: str
    """What was found, for a person to read."""


def read_log(lines: Iterable[str]) -> list[Entry]:
    """The entries of a log file."""
    return [Entry(**json.loads(line)) for line in lines if line.strip()]
