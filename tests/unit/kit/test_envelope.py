"""The envelope, beside the CloudEvents library; and whatever a stranger may send."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event, to_binary_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from headwater.contracts.base import MESSAGE_TYPES
from headwater.envelope import Unreadable, decode, encode
from tests.unit.kit.fakes import NOW, Put

PUT = Put(jar="jar-1", name="茶", n=3)
SOURCE = "kit.jar:kit.jar.inbox.v1/0"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TYPE = ("ce_type", Put.TYPE.encode())


def encoded(**more: Any) -> tuple[list[tuple[str, bytes]], bytes]:
    return encode(PUT, **{"id": "1", "source": SOURCE, "time": NOW, "subject": "jar-1", **more})


def test_what_is_written_is_read_back() -> None:
    found = decode(*encoded(sequence=12, traceparent=TRACE))
    assert (found.message, found.id, found.source, found.sequence) == (PUT, "1", SOURCE, 12)
    assert (found.time, found.traceparent) == ("2026-11-11T08:30:00.000Z", TRACE)


def test_the_cloudevents_library_reads_what_we_write() -> None:
    headers, value = encoded(sequence=12)
    event = from_binary_event(KafkaMessage(dict(headers), b"jar-1", value), JSONFormat())
    assert (event.get_id(), event.get_source(), event.get_type()) == ("1", SOURCE, Put.TYPE)
    assert (event.get_subject(), event.get_time(), event.get_extension("sequence")) == ("jar-1", NOW, "12")
    assert event.get_data() == {"jar": "jar-1", "name": "茶", "n": 3}


def test_we_read_what_the_cloudevents_library_writes() -> None:
    attributes = {
        "id": "1", "source": SOURCE, "type": Put.TYPE, "specversion": "1.0", "time": NOW, "subject": "jar-1",
        "datacontenttype": "application/json", "partitionkey": "jar-1", "sequence": "12",
    }  # fmt: skip
    event = CloudEvent(attributes, PUT.model_dump())
    written = to_binary_event(event, JSONFormat())
    value = written.value if isinstance(written.value, bytes) else str(written.value).encode()
    headers = [(name, data if isinstance(data, bytes) else data.encode()) for name, data in written.headers.items()]
    found = decode(headers, value)
    assert written.key == "jar-1"
    assert (found.message, found.id, found.source, found.sequence) == (PUT, "1", SOURCE, 12)


def test_a_field_that_a_newer_sender_added_is_ignored() -> None:
    value = json.dumps({**PUT.model_dump(), "added": [1]}).encode()
    assert decode([TYPE], value).message == PUT


def test_a_time_is_written_in_utc_with_milliseconds() -> None:
    local = datetime.fromisoformat("2026-11-11T16:30:00.123456+08:00")
    assert dict(encoded(time=local)[0])["ce_time"] == b"2026-11-11T08:30:00.123Z"


@pytest.mark.parametrize(
    ("headers", "value", "why"),
    [
        ([], b"{}", "header ce_type is missing"),
        ([("ce_type", None)], b"{}", "header ce_type is missing"),
        ([("ce_type", b"\xff")], b"{}", "a header is not UTF-8"),
        ([("ce_type", b"fakes.Put.v9")], b"{}", "version 9 of fakes.Put is not known here, only fakes.Put.v1"),
        ([("ce_type", b"fakes.Steal.v1")], b"{}", "type 'fakes.Steal.v1' is not known here"),
        ([("ce_type", b"")], b"{}", "type '' is not known here"),
        ([TYPE], b"", "the value: Invalid JSON: EOF"),
        ([TYPE], None, "the value: Invalid JSON: EOF"),
        ([TYPE], b"\xff", "the value: Invalid JSON"),
        ([TYPE], b"[" * 100_000, "the value: Invalid JSON: recursion limit exceeded"),
        ([TYPE], b"null", "the value: Input should be an object"),
        ([TYPE], b'{"jar":"jar-1","name":"\\ud800"}', "the value: Invalid JSON"),
        ([TYPE], b'{"jar":"jar-1","name":"tea","n":NaN}', "n: Input should be a finite number"),
        ([TYPE], b'{"jar":"jar-1","name":"tea","n":' + b"9" * 5000 + b"}", "number out of range"),
        ([TYPE], b'{"jar":"../etc","n":"many"}', "and 2 more"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(headers: list[Any], value: bytes | None, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        decode(headers, value)
    assert why in str(refused.value)


@pytest.mark.parametrize("number", ["", "0", "000", "-1", "+1", "1.0", "1e3", " 1", "x", "٣", "9" * 19])
def test_a_number_that_is_no_number_of_ours_is_refused(number: str) -> None:
    """Zero would pass for one that has been seen, and its message would be lost."""
    with pytest.raises(Unreadable, match="ce_sequence"):
        decode([TYPE, ("ce_source", b"s"), ("ce_sequence", number.encode())], PUT.to_json())


@pytest.mark.parametrize("source", [None, b"", b"s" * 1000])
def test_who_numbers_messages_must_have_a_name(source: bytes | None) -> None:
    """It is kept in the marks for good: without one, strangers share a sequence, and a long one fills the document."""
    headers = [TYPE, ("ce_sequence", b"1")] + ([("ce_source", source)] if source is not None else [])
    with pytest.raises(Unreadable, match="ce_source"):
        decode(headers, PUT.to_json())


def test_the_numbers_of_partners_are_not_looked_at() -> None:
    found = decode([TYPE, ("ce_sequence", b"0001-a")], PUT.to_json(), numbered=False)
    assert (found.message, found.sequence) == (PUT, None)


def test_a_trace_that_is_none_is_not_passed_on() -> None:
    """What it leads to would carry it too, and might not fit into its topic."""
    assert decode([TYPE, ("traceparent", b"x" * 500_000)], PUT.to_json()).traceparent is None


HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["ce_type", "ce_id", "ce_source", "ce_sequence", "ce_time", "traceparent", "x"]),
        st.one_of(
            st.none(), st.binary(max_size=30), st.sampled_from([t.encode() for t in MESSAGE_TYPES]),
            st.integers().map(lambda n: b"%d" % n),
        ),
    ),
    max_size=8,
)  # fmt: skip
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.datetimes().map(str)),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=10,
)


@given(HEADERS, st.one_of(st.none(), st.binary(), JSON.map(lambda value: json.dumps(value).encode())))
def test_a_stranger_cannot_make_it_fail_in_another_way(headers: list[Any], value: bytes | None) -> None:
    with suppress(Unreadable):
        decode(headers, value)


@given(st.sampled_from(sorted(MESSAGE_TYPES)), st.data())
def test_no_field_of_any_message_makes_it_fail_in_another_way(type: str, data: st.DataObject) -> None:
    fields = {name: data.draw(JSON, label=name) for name in MESSAGE_TYPES[type].model_fields}
    with suppress(Unreadable):
        decode([("ce_type", type.encode())], json.dumps(fields).encode())
