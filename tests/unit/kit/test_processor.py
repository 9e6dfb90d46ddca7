"""One batch after the other through the processor: what counts once, what is dead, what a lost lane leaves behind."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import TopicPartition

from headwater.contracts.base import Done, Message, Wake
from headwater.processor import Processor
from tests.unit.kit.fakes import (
    AWAY,
    EVENTS,
    INBOX,
    NOW,
    Changed,
    Member,
    MemoryProducer,
    MemoryStore,
    Put,
    Spoil,
    Take,
    jars,
    member,
    raw,
    record,
)  # fmt: skip

TP = TopicPartition(INBOX, 0)


def put(name: str, n: int = 1) -> Put:
    return Put(jar="jar-1", name=name, n=n)


async def test_a_batch_becomes_states_parts_and_messages() -> None:
    one = member()
    await one.handle(record(put("tea", 2), 0), record(put("salt", 3), 1))
    assert one.jar() == (5, {"tea": 2, "salt": 3})
    assert [Changed.from_json(told.value) for told in one.producer.to(EVENTS)] == [
        Changed(jar="jar-1", total=2), Changed(jar="jar-1", total=5),
    ]  # fmt: skip


async def test_a_message_with_a_number_that_has_come_counts_as_a_repeat() -> None:
    one = member()
    await one.handle(record(put("tea"), 0, sequence=1), record(put("tea"), 1, sequence=1))
    await one.handle(record(put("tea"), 2, sequence=1), record(put("salt"), 3, sequence=2))
    assert (one.counted("applied"), one.counted("deduplicated")) == (2, 2)
    assert one.jar() == (2, {"tea": 1, "salt": 1})


async def test_every_consumed_message_is_counted_in_exactly_one_outcome() -> None:
    one = member()
    poison = raw(b"{", [("ce_type", Put.TYPE.encode())], 2)
    await one.handle(record(put("tea"), 0, sequence=1), record(put("tea"), 1, sequence=1), poison)
    assert [one.counted(outcome) for outcome in ("applied", "deduplicated", "dead_lettered")] == [1, 1, 1]


async def test_a_rule_that_fails_takes_back_its_message_and_no_other() -> None:
    one = member()
    await one.handle(
        record(put("tea"), 0), record(Spoil(jar="jar-1", how="a bug"), 1), record(put("salt"), 2)
    )  # fmt: skip
    assert one.jar() == (2, {"tea": 1, "salt": 1})
    assert one.errors() == ["RuntimeError: a bug"]


async def test_a_state_that_cannot_be_stored_costs_only_the_message_that_led_to_it() -> None:
    one = member()
    await one.handle(record(put("tea"), 0), record(put("far", 2**64), 1), record(put("salt"), 2))
    assert one.jar() == (2, {"tea": 1, "salt": 1})
    assert len(one.errors()) == 1
    assert "8-byte" in one.errors()[0]


async def test_a_state_that_cannot_even_be_written_down_costs_only_its_message() -> None:
    one = member()
    broken = Spoil(jar="jar-1", how="no part")
    await asyncio.wait_for(one.handle(record(put("tea"), 0), record(broken, 1), record(put("salt"), 2)), 5)
    assert one.jar() == (2, {"tea": 1, "salt": 1})
    assert one.counted("dead_lettered") == 1


@pytest.mark.parametrize("stranger", [Done(id="jar-1"), Wake(id="jar-1", due=NOW)])
async def test_a_known_type_at_the_wrong_address_is_dead_and_the_rest_goes_on(stranger: Done | Wake) -> None:
    one = member()
    lost = raw(stranger.to_json(), [("ce_type", stranger.TYPE.encode())], 1)
    await asyncio.wait_for(one.handle(record(put("tea"), 0), lost, record(put("salt"), 2)), 5)
    assert one.jar() == (2, {"tea": 1, "salt": 1})
    assert "may have the wrong address" in one.errors()[0]


async def test_parts_that_cannot_be_told_cost_only_their_message() -> None:
    one = member()
    cursed = Spoil(jar="jar-1", how="touch")
    await asyncio.wait_for(one.handle(record(put("tea"), 0), record(cursed, 1), record(put("salt"), 2)), 5)
    assert one.jar() == (2, {"tea": 1, "salt": 1})
    assert "no_such_field" in one.errors()[0]


@pytest.mark.parametrize("key", [None, b"", b"jar/1", b"jar 1", b"$jar", b"jar\x00", b"\xff", b"k" * 97])
async def test_a_key_that_is_no_id_is_dead(key: bytes | None) -> None:
    one = member()
    await one.handle(raw(Done(id="jar-1").to_json(), [("ce_type", Done.TYPE.encode())], 0, key=key))
    (why,) = one.errors()
    assert "the record's key is" in why or "can't decode byte" in why


async def test_a_message_under_the_key_of_another_aggregate_is_dead() -> None:
    one = member()
    tea = record(put("tea"), 0)
    tea.key = b"jar-2"
    await one.handle(tea)
    assert one.errors() == ["the record's key is 'jar-2', but jar is 'jar-1'"]


async def test_a_message_in_the_partition_of_other_keys_is_dead() -> None:
    """It would give its aggregate a second writer."""
    one = member()
    one.producer.topics[INBOX] = 2
    await one.handle(record(Put(jar="jar-2", name="tea"), 0, partition=1))
    assert one.errors() == ["key jar-2 belongs into partition 0: use the murmur2 partitioner"]


async def test_a_part_that_was_taken_out_stays_out() -> None:
    one = member()
    await one.handle(record(put("tea", 5), 0), record(put("salt"), 1))
    take = Take(jar="jar-1", name="tea")
    await one.handle(record(take, 2))
    await one.handle(record(take, 3))
    assert one.jar() == (1, {"salt": 1})


async def test_memory_of_a_batch_that_outlived_its_lane_is_not_used_when_the_lane_comes_back() -> None:
    """The lane goes while a batch is in hand; the batch still commits; another works on; the lane comes back."""
    store, producer = MemoryStore(), MemoryProducer()
    first, second = Member(store, producer), Member(store, producer)
    committing, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        committing.set()
        await go_on.wait()

    store.before_commit = slow
    in_hand = asyncio.create_task(first.handle(record(put("tea"), 0)))
    await committing.wait()
    await first.processor.revoked([TP], first.consumer, wait_s=0.01)
    store.before_commit = None
    go_on.set()
    await in_hand
    await second.handle(record(put("salt"), 1))
    await first.processor.assigned([TP], first.consumer)
    await first.handle(record(put("oil"), 2))
    assert first.jar() == (3, {"tea": 1, "salt": 1, "oil": 1})


async def test_a_lane_can_be_handed_over_again_after_kafka_was_too_slow_to_be_told_the_offsets() -> None:
    """A cancelled telling that was left behind would cancel whoever hands over next: the group's own task."""
    one = member()
    told, go_on = 0, asyncio.Event()

    async def slow(_offsets: object) -> None:
        nonlocal told
        await go_on.wait()
        told += 1

    one.consumer.commit = slow  # type: ignore[method-assign]
    await one.handle(record(put("tea"), 0))
    await one.processor.revoked([TP], one.consumer, wait_s=0.01)
    await one.processor.revoked([TP], one.consumer, wait_s=0.01)
    go_on.set()
    await one.processor.revoked([TP], one.consumer)
    assert told == 1, "what was given up waiting for went on"


@pytest.mark.parametrize(("again", "things"), [("tea", {"tea": 3}), ("salt", {"tea": 2, "salt": 3})])
async def test_what_was_taken_to_be_new_and_is_not_is_decided_anew(again: str, things: dict[str, int]) -> None:
    old = member()
    await old.handle(record(put("tea", 2), 0, sequence=1))
    heir = Member(old.store, old.producer, jars(begins=(Put,)))
    await heir.handle(record(put(again, 3), 1, sequence=2))
    assert heir.jar() == (5, things)
    assert [Changed.from_json(told.value).total for told in heir.producer.to(EVENTS)] == [2, 2, 5], "once repeated"
    assert heir.counted("applied") == 1


async def test_a_refusal_of_something_taken_to_be_new_is_looked_at_before_it_counts() -> None:
    old = member()
    await old.handle(record(put("tea", 2), 0, sequence=1))
    heir = Member(old.store, old.producer, jars(begins=(Take,)))
    await heir.handle(record(Take(jar="jar-1", name="tea"), 1, sequence=2))
    assert heir.jar() == (0, {})


@pytest.mark.parametrize("begins", [(), (Put, Spoil)])
async def test_a_rule_that_begins_what_is_there_costs_only_its_message(begins: tuple[type[Message], ...]) -> None:
    old = member()
    await old.handle(record(put("tea", 2), 0, sequence=1))
    heir = Member(old.store, old.producer, jars(begins=begins))
    again = record(Spoil(jar="jar-1", how="again"), 2, sequence=3)
    await asyncio.wait_for(heir.handle(record(put("salt"), 1, sequence=2), again, record(put("oil"), 3, sequence=4)), 5)
    assert heir.jar() == (4, {"tea": 2, "salt": 1, "oil": 1})
    [error] = heir.errors()
    assert "jar-1/tea is stored already" in error


async def test_a_zombie_writes_nothing_and_publishes_nothing() -> None:
    store, producer = MemoryStore(), MemoryProducer()
    zombie, heir = Member(store, producer), Member(store, producer)
    await zombie.handle(record(put("tea"), 0))
    await heir.handle(record(put("salt"), 1))
    told = len(producer.records)
    await zombie.handle(record(put("salt"), 1))
    assert zombie.jar() == (2, {"tea": 1, "salt": 1})
    assert len(producer.records) == told
    assert zombie.registry.get_sample_value("headwater_mark_conflicts_total", {"processor": "kit.jar"}) == 1
    assert zombie.consumer.sought[-1] == (TP, 1), "it goes back to what it could not do, in case the lane is its own"


async def test_what_a_dead_owner_left_in_its_outbox_is_published_by_its_heir_under_the_same_numbers() -> None:
    store, producer = MemoryStore(), MemoryProducer()
    dead = Member(store, producer)
    await dead.handle(record(put("tea"), 0))
    before = list(producer.records)
    heir = Member(store, producer)
    await heir.processor.assigned([TP], heir.consumer)
    assert producer.records == before * 2
    assert heir.consumer.sought == [(TP, 1)]


async def test_an_outbox_that_was_published_is_deleted_by_the_next_batch() -> None:
    one = member()
    await one.handle(record(put("tea"), 0))
    first = set(one.store.boxes)
    await one.handle(record(put("salt"), 1))
    assert len(one.store.boxes) == 1
    assert not first & set(one.store.boxes)


async def test_a_batch_is_committed_while_the_last_one_is_published_but_its_messages_wait_for_those() -> None:
    one, gate = member(), asyncio.Event()
    one.producer.before_publish = gate.wait
    await one.processor.handle([record(put("tea"), 0)], one.consumer)
    second = asyncio.create_task(one.processor.handle([record(put("salt"), 1)], one.consumer))  # type: ignore[func-returns-value]
    await asyncio.sleep(0.01)
    assert one.jar() == (2, {"tea": 1, "salt": 1})
    assert not second.done(), "no third batch is begun before the first one is told"
    gate.set()
    await second
    await one.processor._published()
    assert [Changed.from_json(told.value).total for told in one.producer.to(EVENTS)] == [1, 2]


async def test_an_outbox_that_is_published_during_a_commit_is_deleted_by_the_one_after() -> None:
    one, gate = member(), asyncio.Event()
    one.producer.before_publish = gate.wait

    async def published_now() -> None:
        gate.set()
        await one.processor._published()

    await one.processor.handle([record(put("tea"), 0)], one.consumer)
    one.store.before_commit = published_now
    await one.handle(record(put("salt"), 1))
    assert len(one.store.boxes) == 2
    await one.handle(record(put("oil"), 2))
    assert len(one.store.boxes) == 1


async def test_who_stops_before_a_batch_is_published_publishes_none_after_it() -> None:
    one, stopping = member(), asyncio.Event()

    async def stop() -> None:
        stopping.set()
        await asyncio.sleep(0)

    one.producer.refusals = [AWAY]
    await one.processor.handle([record(put("tea"), 0)], one.consumer)
    one.store.before_commit = stop
    second = asyncio.create_task(one.processor.handle([record(put("salt"), 1)], one.consumer))  # type: ignore[func-returns-value]
    await stopping.wait()
    await one.processor.stop(one.consumer, wait_s=0)
    await second
    assert not one.producer.records, "what is committed is left to the next owner, in order"
    heir = Member(one.store, one.producer)
    await heir.processor.assigned([TP], heir.consumer)
    assert [Changed.from_json(told.value).total for told in one.producer.to(EVENTS)] == [1, 2]


async def test_publishing_is_tried_again_until_it_works() -> None:
    one = member()
    one.producer.refusals = [AWAY, AWAY]
    await one.handle(record(put("tea"), 0))
    assert len(one.producer.to(EVENTS)) == 1


async def test_a_poll_that_begins_before_the_mark_is_not_processed_twice() -> None:
    one = member()
    tea, salt = record(put("tea"), 0), record(put("salt"), 1)
    await one.handle(tea)
    await one.handle(tea, salt)
    assert one.jar() == (2, {"tea": 1, "salt": 1})


async def test_a_poll_that_begins_behind_the_mark_goes_back_to_it_once() -> None:
    one = member()
    await one.handle(record(put("tea"), 0))
    await one.handle(record(put("oil"), 2))
    assert one.consumer.sought[-1] == (TP, 1)
    assert one.jar() == (1, {"tea": 1})
    await one.handle(record(put("oil"), 2))
    assert one.jar() == (2, {"tea": 1, "oil": 1}), "the broker has nothing older"


async def test_a_reply_to_a_topic_that_is_not_there_is_kept_for_a_person() -> None:
    one = member()
    del one.producer.topics[EVENTS]
    await one.handle(record(put("tea"), 0))
    (kept,) = one.producer.to(f"{INBOX}.dlq")
    assert dict(kept.headers)["dlq_error"].decode() == (f"the reply cannot be delivered: topic {EVENTS} does not exist")


async def test_stopping_finishes_the_batch_in_hand_and_takes_no_other() -> None:
    one = member()
    in_hand = asyncio.create_task(one.handle(record(put("tea"), 0)))
    await asyncio.sleep(0)
    await one.processor.stop(one.consumer, wait_s=5)
    await in_hand
    await one.handle(record(put("salt"), 1))
    assert one.jar() == (1, {"tea": 1})
    assert one.consumer.committed == {TP: 1}


async def test_stopping_does_not_wait_for_a_broker_that_is_away() -> None:
    one = member()
    one.producer.refusals = [AWAY] * 1000
    await one.processor.handle([record(put("tea"), 0)], one.consumer)
    await asyncio.wait_for(one.processor.stop(one.consumer, wait_s=0.1), 2)
    assert one.store.boxes, "whoever comes next publishes it"


def test_members_own_the_keys_of_their_partitions() -> None:
    processor: Processor = member().processor
    assert not processor.owns("jar-1", 1)
