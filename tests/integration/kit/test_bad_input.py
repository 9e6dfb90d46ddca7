"""Bad input at the kit's door: each is refused by name, and what stands before and behind it is processed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from headwater.contracts.base import Done, ReplyTo
from headwater.producer import PublishFailed, Record, partition_of
from headwater.settings import ServiceSettings
from headwater.streams import Streams
from tests.conftest import Infra
from tests.integration.kit.doors import Knock
from tests.integration.kit.stage import PARTITIONS, Member, Stage, stage, until

pytestmark = pytest.mark.timeout(120)

DOOR = "door-1"
GOOD = Knock(id=DOOR).to_json()
TYPE = ("ce_type", Knock.TYPE.encode())
HERE = partition_of(DOOR.encode(), PARTITIONS)
ELSEWHERE = partition_of(b"door-0", PARTITIONS)
NOT_STORABLE = "Unstorable: door-1"


@dataclass(frozen=True)
class Bad:
    """A record that cannot be processed, and a piece of what is said about it."""

    why: str
    value: bytes | None = GOOD
    headers: tuple[tuple[str, Any], ...] = (TYPE,)
    key: bytes | None = DOOR.encode()
    partition: int = HERE


def knock(**fields: Any) -> bytes:
    return Knock(id=DOOR).model_copy(update=fields).to_json()


BAD = {
    "no JSON": Bad("Invalid JSON", b'{"id":'),
    "an empty value": Bad("Invalid JSON: EOF", b""),
    "no value at all": Bad("Invalid JSON: EOF", None),
    "not UTF-8": Bad("Invalid JSON", b'{"id":"\xff"}'),
    "a lone surrogate": Bad("Invalid JSON", b'{"id":"door-1","how":"\\ud800"}'),
    "100,000 brackets": Bad("recursion limit exceeded", b"[" * 100_000),
    "no number": Bad("n: Input should be a finite number", b'{"id":"door-1","n":NaN}'),
    "a number of 5,000 digits": Bad("number out of range", b'{"id":"door-1","n":' + b"9" * 5000 + b"}"),
    "an array": Bad("Input should be an object", b"[]"),
    "an id that is a path": Bad("id: String should match pattern", b'{"id":"../etc"}'),
    "no type": Bad("header ce_type is missing", headers=()),
    "a type without a value": Bad("header ce_type is missing", headers=(("ce_type", None),)),
    "an unknown type": Bad("type 'doors.Kick.v1' is not known here", headers=(("ce_type", b"doors.Kick.v1"),)),
    "a future version": Bad("version 9 of doors.Knock is not known", headers=(("ce_type", b"doors.Knock.v9"),)),
    "a header that is not UTF-8": Bad("a header is not UTF-8", headers=(TYPE, ("x", b"\xff"))),
    "a number that is none": Bad(
        "ce_sequence is 'first', not a whole number", headers=(TYPE, ("ce_source", b"s"), ("ce_sequence", b"first"))
    ),
    "a number of nobody": Bad("ce_source, which has 0 characters", headers=(TYPE, ("ce_sequence", b"1"))),
    "no key": Bad("the record's key is ''", key=None),
    "a key that is not UTF-8": Bad("can't decode byte 0xff", key=b"\xff"),
    "the key of another": Bad("the record's key is 'door-2', but id is 'door-1'", key=b"door-2"),
    "the partition of others": Bad(f"belongs into partition {HERE}", partition=(HERE + 1) % PARTITIONS),
    "a message at the wrong address": Bad(
        "may have the wrong address", Done(id=DOOR).to_json(), (("ce_type", Done.TYPE.encode()),)
    ),
    "a rule with a bug": Bad("RuntimeError: nobody taught me this knock", knock(how="with a bug")),
    "an amount of 67 bits": Bad(NOT_STORABLE, knock(n=2**67)),
}
UNDELIVERABLE = {
    "no such topic": "no.such.topic",
    "no name of a topic": "no topic/at all ..",
    "a topic of the broker's own": "__consumer_offsets",
}
"""What is asked is done; its reply has nowhere to go."""


@dataclass(frozen=True)
class Happened:
    """What came of it all."""

    why: dict[str, str]
    """What the dead letter of each case says."""
    replies: list[str]
    dead: int
    state: dict[str, Any]
    sent: int
    counts: dict[str, int]
    ready: bool


def record(there: Stage, name: str, bad: Bad) -> Record:
    """The case; a header says which."""
    headers = [*bad.headers, ("case", name.encode())]
    return Record(there.a, bad.partition, bad.key, bad.value, headers)  # type: ignore[arg-type]


async def counts(member: Member) -> dict[str, int]:
    return {outcome: await member.count(outcome) for outcome in ("applied", "deduplicated", "dead_lettered")}


@pytest.fixture(scope="module")
async def happened(infra: Infra) -> AsyncIterator[Happened]:
    """Every case once, each between two good ones."""
    async with stage(infra) as there:
        records = [record(there, name, bad) for name, bad in BAD.items()]
        records += [
            record(there, name, Bad("", knock(reply_to=ReplyTo(topic=topic, key="asker"))))
            for name, topic in UNDELIVERABLE.items()
        ]
        mixed = [one for bad in records for one in (bad, record(there, "good", Bad("")))]
        member = await there.member(service="doors")
        await there.producer.publish(mixed)

        async def all_done() -> bool:
            return sum((await counts(member)).values()) == len(mixed)

        await until(all_done, what="an outcome for each message")
        letters = await there.everything(f"{there.a}.dlq")
        found = [{name: (value or b"").decode(errors="replace") for name, value in one.headers} for one in letters]
        yield Happened(
            {one["case"]: one["dlq_error"] for one in found if "case" in one},
            [one["dlq_error"] for one in found if "case" not in one],
            len(letters),
            (await there.store.load("a", [DOOR]))[DOOR],
            len(mixed),
            await counts(member),
            await member.ready(),
        )


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_a_dead_letter_that_says_why(happened: Happened, name: str) -> None:
    assert BAD[name].why in happened.why[name]


def test_a_reply_that_cannot_be_delivered_is_kept_and_what_was_asked_is_done(happened: Happened) -> None:
    expected = [f"the reply cannot be delivered: topic {topic} does not exist" for topic in UNDELIVERABLE.values()]
    assert happened.replies == expected


def test_what_stands_beside_bad_input_is_processed(happened: Happened) -> None:
    good = len(BAD) + 2 * len(UNDELIVERABLE)
    assert (happened.state["knocks"], happened.state["sum"], happened.state["version"]) == (good, good, good)


def test_what_was_consumed_was_applied_or_a_repeat_or_dead(happened: Happened) -> None:
    good = len(BAD) + 2 * len(UNDELIVERABLE)
    assert happened.counts == {"applied": good, "deduplicated": 0, "dead_lettered": len(BAD)}
    assert happened.sent == good + len(BAD)


def test_nothing_is_dead_that_was_not_bad_and_nothing_twice(happened: Happened) -> None:
    assert happened.why.keys() == BAD.keys()
    assert happened.dead == len(BAD) + len(UNDELIVERABLE)
    assert happened.ready


async def test_a_state_that_outgrows_its_document_costs_only_the_message_too_many(infra: Infra) -> None:
    async with stage(infra) as there:
        heavy, light = Bad("", knock(how="heavily")), Bad("")
        member = await there.member(service="doors")
        cases = [light, heavy, heavy, heavy, light, heavy, light]
        await there.producer.publish([record(there, str(number), bad) for number, bad in enumerate(cases)])

        async def all_done() -> bool:
            return sum((await counts(member)).values()) == len(cases)

        await until(all_done, what="an outcome for each message")
        assert (await there.store.load("a", [DOOR]))[DOOR]["knocks"] == 5
        letters = [dict(one.headers) for one in await there.everything(f"{there.a}.dlq")]
        assert [one["case"] for one in letters] == [b"3", b"5"]
        assert b"Unstorable: door-1 would be 18,8" in letters[0]["dlq_error"]


async def test_poison_of_megabytes_in_numbers_fits_through(infra: Infra) -> None:
    """Twenty dead letters of 900 KB each are more than one outbox document holds."""
    async with stage(infra) as there:
        fat = Bad("", b"{", headers=(TYPE, ("fat", b"x" * 900_000)))
        cases = [Bad(""), *[fat] * 20, Bad("")]
        await there.producer.publish([record(there, str(number), bad) for number, bad in enumerate(cases)])
        member = await there.member(service="doors", HEADWATER_BATCH_SIZE="500")

        async def both_in() -> bool:
            return await member.count("applied") == 2

        await until(both_in, what="the message behind the poison")
        dead = await there.everything(f"{there.a}.dlq")
        assert [dict(one.headers)["case"] for one in dead] == [b"%d" % number for number in range(1, 21)]


async def test_a_message_of_2_mb_is_refused_where_it_is_sent(infra: Infra) -> None:
    async with stage(infra) as there:
        large = record(there, "large", Bad("", b"x" * 2_000_000))
        with pytest.raises(PublishFailed, match=r"a message of 2,000,000 bytes is too large for .*: 921,600 fit"):
            await there.producer.send(large)
        with pytest.raises(PublishFailed, match="MessageSizeTooLarge"):
            await there.producer.publish([large])
        await there.producer.send(record(there, "small", Bad("")))
        assert len(await there.everything(there.a)) == 1


async def publish_with_odd_header_names(there: Stage, *records: Record) -> None:
    """As librdkafka would let one do: aiokafka encodes names itself, so they are changed in the finished batch."""
    kafka = AIOKafkaProducer(bootstrap_servers=there.infra.kafka)
    await kafka.start()
    try:
        for one in records:
            batch = kafka.create_batch()
            batch.append(key=one.key, value=one.value, timestamp=None, headers=[*one.headers, ("odd-name", b"1")])
            batch.close()
            data = bytearray(batch._build().replace(b"odd-name", b"\xff" * 8))
            data[17:21] = calc_crc32c(bytes(data[21:])).to_bytes(4, "big")
            batch._build = lambda data=data: bytes(data)
            await (await kafka.send_batch(batch, one.topic, partition=one.partition))
    finally:
        await kafka.stop()


async def test_a_header_whose_name_is_not_utf8_stops_nobody(infra: Infra) -> None:
    """The Kafka client cannot read such a record at all: what is kept of it is where it stands."""
    async with stage(infra) as there:
        await there.member(service="doors")
        for batch in range(3):
            good = [record(there, "good", Bad("")) for _ in range(10 * batch)]
            elsewhere = Record(there.a, ELSEWHERE, b"door-0", Knock(id="door-0").to_json(), [TYPE])
            await there.producer.publish([*good, elsewhere])
            await publish_with_odd_header_names(there, *[record(there, "odd", Bad(""))] * batch)
        await there.producer.publish([record(there, "good", Bad(""))])

        async def all_in() -> bool:
            found = await there.store.load("a", [DOOR, "door-0"])
            return {id: house["knocks"] for id, house in found.items()} == {DOOR: 31, "door-0": 3}

        await until(all_in, what="what stands behind")
        dead = [dict(one.headers) for one in await there.everything(f"{there.a}.dlq")]
        assert len({(one["dlq_partition"], one["dlq_offset"]) for one in dead}) == 3
        assert all(b"a header is not UTF-8" in one["dlq_error"] for one in dead)


async def test_a_stream_goes_on_behind_a_header_name_that_is_not_utf8(infra: Infra) -> None:
    async with stage(infra) as there, Streams(ServiceSettings(kafka=infra.kafka), [there.a]) as streams:
        reader = streams.subscribe()
        for _ in range(2):
            await publish_with_odd_header_names(there, record(there, "odd", Bad("")))
            await there.producer.publish([record(there, "good", Bad(""))])
        async with asyncio.timeout(20):
            assert [(await reader.next()).position for _ in range(2)] == [f"{there.a}/{HERE}/{n}" for n in (1, 3)]


async def test_partners_cannot_stop_a_route_whatever_they_write(infra: Infra) -> None:
    async with stage(infra) as there:
        strange = [("ce_sequence", b"one"), ("ce_source", b"s" * 5000), ("traceparent", b"t" * 500_000)]
        written = [
            Record(there.b, 0, DOOR.encode(), b"{", [TYPE]),
            Record(there.b, 0, DOOR.encode(), GOOD, [TYPE, *strange]),
            Record(there.b, 0, DOOR.encode(), GOOD, [TYPE, ("ce_sequence", b"1"), ("ce_source", b"us")]),
            Record(there.b, 0, DOOR.encode(), GOOD, [TYPE, ("ce_sequence", b"1"), ("ce_source", b"us")]),
            Record(there.b, 0, b"", Done(id=DOOR).to_json(), [("ce_type", Done.TYPE.encode())]),
        ]
        await there.producer.publish(written)
        await there.member(service="doors")

        async def three_knocks() -> bool:
            return (await there.store.load("a", [DOOR])).get(DOOR, {}).get("knocks") == 3

        await until(three_knocks, what="what partners may ask")
        assert len(await there.everything(f"{there.b}.dlq")) == 1
        passed_on = [dict(one.headers) for one in await there.everything(there.a)]
        assert not any("traceparent" in one for one in passed_on)
