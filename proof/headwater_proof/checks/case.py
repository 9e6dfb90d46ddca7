"""The evidence of one run, laid out for the rules: documents by id, operations by order, messages once each."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from headwater.envelope import Unreadable, decode
from headwater_proof.evidence import Entry, Evidence, Kind, Record

Sent = dict[tuple[str, int], dict[int, list[tuple[str, bytes, bytes, int]]]]
FINAL = frozenset({"completed", "refused", "cancelled", "expired"})


@dataclass(frozen=True, slots=True)
class Operation:
    """What a client asked for, and what it was told: `ok`, `fail` or `unknown`."""

    op: str
    kind: Kind
    subject: str
    asked: Mapping[str, Any]
    outcome: str
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A message on a topic, the first time that it stands there."""

    record: Record
    type: str
    source: str
    id: str
    sequence: int
    """0 for a message that its sender does not number."""
    revision: int
    body: Mapping[str, Any]


class Case:
    """One run. Everything in it is read once, when a rule first asks for it."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence

    def documents(self, service: str, collection: str) -> dict[str, Mapping[str, Any]]:
        """The documents of a collection by id."""
        found = self.evidence.documents.get(service, {}).get(collection, ())
        return {document["_id"]: document for document in found}

    def told(self, topic: str) -> Iterator[Told]:
        """The readable messages of a topic, repeats left out, by partition and offset."""
        seen: set[tuple[str, int, str]] = set()
        for record in self.evidence.records.get(topic, ()):
            message = read(record)
            if message is None or not _fits(record):
                continue
            place = (message.source, record.partition, message.id)
            if place not in seen:
                seen.add(place)
                yield message

    @cached_property
    def orders(self) -> dict[str, Mapping[str, Any]]:
        """The stored orders."""
        return self.documents("orders", "order")

    @cached_property
    def checkouts(self) -> dict[str, Mapping[str, Any]]:
        """The stored checkouts."""
        return self.documents("orders", "checkout")

    @cached_property
    def operations(self) -> dict[str, list[Operation]]:
        """What clients asked for, by what it was about."""
        invoked: dict[str, Entry] = {}
        ended: dict[str, Entry] = {}
        subjects: dict[str, str] = {}
        for entry in self.evidence.history:
            if entry.what == "invoke":
                invoked.setdefault(entry.op, entry)
            else:
                ended[entry.op] = entry
            subjects[entry.op] = entry.subject or subjects.get(entry.op, "")
        found: defaultdict[str, list[Operation]] = defaultdict(list)
        for op, entry in invoked.items():
            end = ended.get(op)
            found[subjects[op]].append(
                Operation(op, entry.kind, subjects[op], entry.body, end.what if end else "unknown",
                          end.body if end else {})
            )  # fmt: skip
        return found

    @cached_property
    def _sent(self) -> dict[str, Sent]:
        found: dict[str, Sent] = {}
        for topic, records in self.evidence.records.items():
            for record in records:
                message = read(record)
                if message is not None and message.sequence and record.key is not None:
                    published = (message.type, record.key, record.value or b"", message.revision)
                    numbers = found.setdefault(message.source, {}).setdefault((topic, record.partition), {})
                    copies = numbers.setdefault(message.sequence, [])
                    if published not in copies:
                        copies.append(published)
        return found

    def sent_by(self, lane: str) -> Sent:
        """What a lane has published: by topic partition and number the different messages, which should be one each."""
        return self._sent.get(lane, {})

    @cached_property
    def _dead(self) -> dict[tuple[str, int, str], set[int]]:
        found: dict[tuple[str, int, str], set[int]] = {}
        for topic, records in self.evidence.records.items():
            for record in records if topic.endswith(".dlq") else ():
                headers = {name: value for name, value in record.headers if name.startswith("dlq_")}
                if "dlq_offset" in headers:
                    origin, partition = headers["dlq_topic"].decode(), int(headers["dlq_partition"])
                    place = (origin, partition, headers["dlq_processor"].decode())
                    found.setdefault(place, set()).add(int(headers["dlq_offset"]))
        return found

    def dead_letters(self, topic: str, partition: int, processor: str) -> set[int]:
        """The offsets of the records that a processor has put aside."""
        return self._dead.get((topic, partition, processor), set())

    def asked(self, kind: Kind, subject: str | None = None) -> list[Operation]:
        """The operations of a kind, of one subject or of all."""
        chosen = self.operations.values() if subject is None else (self.operations.get(subject, ()),)
        return [operation for some in chosen for operation in some if operation.kind == kind]


def _fits(record: Record) -> bool:
    """Whether the published language knows it so; else it may say anything, and is none of our services' words."""
    try:
        decode(record.headers, record.value, numbered=False)
        return True
    except Unreadable:
        return False


def read(record: Record) -> Told | None:
    """A record as a message; None if it cannot be read as one."""
    try:
        headers = {name: value.decode() for name, value in record.headers if value is not None}
        body = json.loads(record.value or b"")
        return Told(
            record, headers["ce_type"], headers.get("ce_source", ""), headers.get("ce_id", ""),
            int(headers.get("ce_sequence", 0)), int(headers.get("ce_revision", 0)),
            body if isinstance(body, dict) else {},
        )  # fmt: skip
    except (KeyError, ValueError, RecursionError):
        return None
