"""Poison is not what services said: a judge of what they said passes over it."""

from __future__ import annotations

from random import Random

from headwater.contracts.logistics import PackParcel
from headwater.contracts.topics import TOPICS
from headwater_proof.chaos.poison import ANYWHERE, INBOX_ONLY, spoilt
from headwater_proof.checks.case import Case
from headwater_proof.evidence import Evidence, Record

PARTITIONS = {topic.name: topic.partitions for topic in TOPICS}


def test_poison_goes_to_topics_that_somebody_reads_into_partitions_that_exist() -> None:
    for record in spoilt(Random(1), 500):
        assert f"{record.topic}.dlq" in PARTITIONS
        assert record.partition < PARTITIONS[record.topic]


def test_a_judge_of_what_was_said_passes_over_what_nobody_can_read() -> None:
    topic = "partners.warehouse.yiwu.tasks.v1"
    kinds = (*ANYWHERE.values(), *INBOX_ONLY.values())
    bad = [(b'{"shipment_id": 1}', [("ce_type", PackParcel.TYPE.encode())])]
    bad += [(value or b"", headers) for make in kinds for _, value, headers in [make(Random(1))]]
    records = [Record(topic, 0, offset, 0, b"x", value, headers) for offset, (value, headers) in enumerate(bad)]
    told = Case(Evidence([], {topic: records}, {}, PARTITIONS)).told(topic)
    assert {message.type for message in told} <= {"orders.CancelOrder.v1", "base.Done.v1"}, "those that are readable"
