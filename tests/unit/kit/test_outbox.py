"""The outbox: what is stored is what is published, the first time and each time again."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.contracts.base import Done, Refused, Sent
from headwater.marks import Mark
from headwater.outbox import Box, OutboxWriter, read_box
from headwater.producer import MAX_VALUE, Record, partition_of
from headwater.store import MAX_DOCUMENT
from tests.unit.kit.fakes import EVENTS, INBOX, NOW, Changed, raw, reply_to

LANE = f"kit.jar:{INBOX}/3"
TOPICS = {EVENTS: 4, f"{INBOX}.dlq": 1}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
KEYS = st.sampled_from([f"jar-{number}" for number in range(9)])


def sealed(writer: OutboxWriter, mark: Mark | None = None) -> Box:
    return writer.seal(mark or Mark(LANE), INBOX, TOPICS)


def stored(box: Box) -> list[Record]:
    return [record for _, document in box.documents() for record in read_box(document)]


def header(record: Record, name: str) -> str:
    return dict(record.headers)[name].decode()


def changed(jar: str, total: int = 1) -> Changed:
    return Changed(jar=jar, total=total)


@given(st.lists(st.tuples(KEYS, st.integers(0, 10**6), st.sampled_from([None, TRACE]), st.integers(0, 9))))
def test_what_is_read_back_is_what_was_published(items: list[tuple[str, int, str | None, int]]) -> None:
    writer = OutboxWriter()
    for jar, total, trace, revision in items:
        writer.put(changed(jar, total), NOW, trace, revision)
    box = sealed(writer)
    assert stored(box) == box.records()
    assert len(box.records()) == len(items)


@given(st.lists(KEYS), st.lists(KEYS))
def test_numbers_to_each_partition_have_no_gap_over_any_number_of_batches(first: list[str], second: list[str]) -> None:
    boxes, mark = [], Mark(LANE)
    for batch in (first, second):
        writer = OutboxWriter()
        for jar in batch:
            writer.put(changed(jar), NOW, None, 1)
        boxes.append(sealed(writer, mark))
        mark = Mark(LANE, sent=boxes[-1].sent)
    numbers: dict[int, list[int]] = {}
    for record in (record for box in boxes for record in box.records()):
        assert record.partition == partition_of(record.key, 4)
        numbers.setdefault(record.partition, []).append(int(header(record, "ce_sequence")))
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


def test_a_message_says_where_it_comes_from() -> None:
    writer = OutboxWriter()
    writer.put(changed("jar-1"), NOW, TRACE, 7)
    (record,) = sealed(writer).records()
    assert {name: header(record, name) for name in ("ce_source", "ce_time", "ce_revision", "traceparent")} == {
        "ce_source": LANE, "ce_time": "2026-11-11T08:30:00.000Z", "ce_revision": "7", "traceparent": TRACE,
    }  # fmt: skip


def test_a_reply_goes_where_it_was_asked_for() -> None:
    writer = OutboxWriter()
    writer.put(Sent(to=reply_to(EVENTS, "asker"), message=Done(id="jar-1")), NOW, None, 0)
    (record,) = sealed(writer).records()
    assert (record.topic, record.key) == (EVENTS, b"asker")
    assert header(record, "ce_subject") == "asker"


def test_a_message_without_an_address_is_refused() -> None:
    with pytest.raises(ValueError, match="is a reply: send it with Sent"):
        OutboxWriter().put(Done(id="jar-1"), NOW, None, 0)


def test_a_message_too_large_for_a_topic_is_refused_when_it_is_decided() -> None:
    long = Refused(id="jar-1", code="long", detail="长" * MAX_VALUE)
    with pytest.raises(ValueError, match="a message holds 921,600"):
        OutboxWriter().put(Sent(to=reply_to(), message=long), NOW, None, 0)


def test_what_was_put_since_a_place_can_be_taken_back() -> None:
    writer = OutboxWriter()
    writer.put(changed("jar-1"), NOW, None, 1)
    place = writer.place()
    writer.put(changed("jar-2"), NOW, None, 1)
    writer.back_to(place)
    assert [record.key for record in sealed(writer).records()] == [b"jar-1"]


def test_a_dead_letter_keeps_its_bytes_and_headers_and_says_why_it_is_dead() -> None:
    odd = raw(b"\xff\x00", [("ce_type", b"\xfe"), ("none", None)], 17, key=b"\xfd", partition=3)  # type: ignore[list-item]
    writer = OutboxWriter()
    writer.dead_letter(odd, "长" * 3000, "kit.jar")
    box = sealed(writer)
    (record,) = box.records()
    assert (record.topic, record.partition, record.key, record.value) == (f"{INBOX}.dlq", 0, b"\xfd", b"\xff\x00")
    assert record.headers[:2] == [("ce_type", b"\xfe"), ("none", b"")]
    assert [header(record, f"dlq_{name}") for name in ("topic", "partition", "offset", "processor")] == [
        INBOX, "3", "17", "kit.jar",
    ]  # fmt: skip
    assert len(header(record, "dlq_error")) == 2000
    assert stored(box) == [record]


def test_a_dead_letter_takes_no_number_from_the_messages_beside_it() -> None:
    writer = OutboxWriter()
    writer.dead_letter(raw(b"{", []), "no JSON", "kit.jar")
    writer.put(changed("jar-1"), NOW, None, 1)
    assert header(sealed(writer).records()[1], "ce_sequence") == "1"


def test_a_message_to_a_topic_that_is_not_there_is_kept_with_the_dead_letters() -> None:
    writer = OutboxWriter()
    writer.put(Sent(to=reply_to("no.such.topic"), message=Done(id="jar-1")), NOW, None, 0)
    (record,) = writer.seal(Mark(LANE), INBOX, {**TOPICS, "no.such.topic": None}).records()
    assert record.topic == f"{INBOX}.dlq"
    assert header(record, "dlq_error") == "the reply cannot be delivered: topic no.such.topic does not exist"
    assert header(record, "ce_type") == "base.Done.v1"


def large_value(number: int) -> Any:
    return raw(b"x" * 1_000_000, [("ce_id", b"%d" % number)], number)


def large_headers(number: int) -> Any:
    return raw(b"{", [("ce_id", b"%d" % number), ("more", b"x" * 1_000_000)], number)


def large_key(number: int) -> Any:
    return raw(b"{", [("ce_id", b"%d" % number)], number, key=b"x" * 1_000_000)


def many_headers(number: int) -> Any:
    return raw(b"{", [("ce_id", b"%d" % number), *([("h", b"")] * 150_000)], number)


@pytest.mark.parametrize("large", [large_value, large_headers, large_key, many_headers])
def test_a_large_outbox_is_cut_into_documents_that_the_store_takes(large: Any) -> None:
    writer = OutboxWriter()
    for number in range(20):
        writer.dead_letter(large(number), "no JSON", "kit.jar")
    box = sealed(writer, Mark(LANE, outbox=41))
    documents = list(box.documents())
    assert len(documents) > 1
    assert all(len(document.raw) < MAX_DOCUMENT for _, document in documents)
    assert [document["box"] for _, document in documents] == list(range(42, 42 + len(documents)))
    assert all(a < b for (a, _), (b, _) in pairwise(documents)), "ids sort as they were made"
    assert [header(record, "ce_id") for record in stored(box)] == [str(number) for number in range(20)]


def test_an_empty_outbox_is_no_document() -> None:
    assert list(sealed(OutboxWriter()).documents()) == []


def test_a_document_of_another_version_says_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"outbox document lane#7 .* run that version until"):
        read_box({"_id": "lane#7", "lane": "lane", "keys": [b"jar-1"]})
