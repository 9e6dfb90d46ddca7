"""The wire form of a message: CloudEvents 1.0 in Kafka binary mode, with JSON data.

Attributes travel as `ce_*` headers, the data as the record's value, the key as the record's key. Two extensions:
`sequence` counts the messages from one source (an inbox partition of a service) to one topic partition without gaps, so
that the receiver can tell what it has had already; `traceparent` (W3C) follows an order through all services.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Protocol

from pydantic import ValidationError

from headwater.contracts.base import MESSAGE_TYPES, Message

Headers = list[tuple[str, bytes]]
_VERSION = ("ce_specversion", b"1.0")
_JSON = ("content-type", b"application/json")
MAX_SOURCE = 400
"""The longest name, in characters, of a source that numbers its messages: a mark keeps it for good."""
MAX_TRACE = 128
"""The longest `traceparent` that is passed on; W3C's has 55 characters."""


class Raw(Protocol):
    """A record as a Kafka consumer hands it out; `timestamp` in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Unreadable(Exception):
    """A record that is no message of ours; the text says why, for a person to read."""


@dataclass(slots=True)
class Envelope:
    """A message as it came, with what is known of its way."""

    message: Message
    id: str
    source: str
    sequence: int | None
    time: str
    traceparent: str | None


def headers_of(
    type: str, id: bytes, source: bytes, time: bytes, subject: bytes, sequence: int = 0, revision: int = 0,
    trace: str | None = None,
) -> Headers:  # fmt: skip
    """The record headers of a message. `time` is RFC 3339 in UTC, `revision` the sender's version, gapless from 1."""
    headers = [
        _VERSION,
        ("ce_id", id),
        ("ce_source", source),
        _type_header(type),
        ("ce_time", time),
        ("ce_subject", subject),
        _JSON,
    ]
    if sequence:
        headers.append(("ce_sequence", b"%d" % sequence))
    if revision:
        headers.append(("ce_revision", b"%d" % revision))
    if trace is not None:
        headers.append(("traceparent", trace.encode()))
    return headers


@cache
def _type_header(type: str) -> tuple[str, bytes]:
    return ("ce_type", type.encode())


def encode(
    message: Message,
    *,
    id: str,
    source: str,
    time: datetime,
    subject: str,
    sequence: int | None = None,
    traceparent: str | None = None,
) -> tuple[Headers, bytes]:
    """Headers and value of a message."""
    headers = headers_of(
        message.TYPE, id.encode(), source.encode(), rfc3339(time).encode(), subject.encode(), sequence or 0,
        trace=traceparent,
    )  # fmt: skip
    return headers, message.to_json()


def decode(headers: Sequence[tuple[str, bytes]], value: bytes | None, *, numbered: bool = True) -> Envelope:
    """Read a record. Raises `Unreadable` with the reason; whatever a stranger may send, it raises nothing else.

    Not `numbered`: the senders are partners, who may mean by `ce_sequence` what they like.
    """
    try:
        found = {name: data.decode() for name, data in headers if data is not None}
    except UnicodeDecodeError as error:
        raise Unreadable(f"a header is not UTF-8: {error}") from None
    type_name = found.get("ce_type")
    if type_name is None:
        raise Unreadable("header ce_type is missing: send CloudEvents 1.0 in Kafka binary mode")
    message_type = MESSAGE_TYPES.get(type_name)
    if message_type is None:
        raise Unreadable(_unknown(type_name))
    try:
        message = message_type.from_json(value or b"")
    except ValidationError as error:
        raise Unreadable(f"{type_name} does not fit its schema: {_first(error)}") from None
    source, trace = found.get("ce_source", ""), found.get("traceparent")
    return Envelope(
        message=message,
        id=found.get("ce_id", ""),
        source=source,
        sequence=_number(found["ce_sequence"], source) if numbered and "ce_sequence" in found else None,
        time=found.get("ce_time", ""),
        traceparent=trace if trace is not None and len(trace) <= MAX_TRACE else None,
    )


def dead_letter_headers(record: Raw, processor: str, error: str) -> Headers:
    """The headers of a dead letter: those that the record came with, where it was read, by whom, and what was wrong."""
    origin = {
        "dlq_topic": record.topic,
        "dlq_partition": str(record.partition),
        "dlq_offset": str(record.offset),
        "dlq_processor": processor,
        "dlq_error": error[:2000],
    }
    headers = [(name, value or b"") for name, value in record.headers]
    return headers + [(name, text.encode(errors="replace")) for name, text in origin.items()]


def rfc3339(time: datetime) -> str:
    """A UTC time as CloudEvents writes it, in milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(sequence: str, source: str) -> int:
    number = int(sequence) if sequence.isascii() and sequence.isdigit() and len(sequence) < 19 else 0
    if number == 0:
        raise Unreadable(f"header ce_sequence is {sequence[:40]!r}, not a whole number from 1 on")
    if not 0 < len(source) <= MAX_SOURCE:
        raise Unreadable(f"ce_sequence counts the messages of ce_source, which has {len(source):,} characters "
                         f"instead of 1 to {MAX_SOURCE}")  # fmt: skip
    return number


def _unknown(type_name: str) -> str:
    stem, _, version = type_name.rpartition(".v")
    known = [name for name in MESSAGE_TYPES if name.rpartition(".v")[0] == stem]
    if known:
        return f"version {version} of {stem} is not known here, only {', '.join(known)}: upgrade this service first"
    return f"type {type_name[:120]!r} is not known here"


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"]) or "the value"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{place}: {first['msg']}{more}"
