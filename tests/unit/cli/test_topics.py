"""What `topics apply` decides for each topic."""

from __future__ import annotations

import pytest

from headwater.contracts.topics import TOPICS, Topic
from headwater_cli.problem import Problem
from headwater_cli.topics import Present, config_of, verdict

TOPIC = Topic("orders.order.inbox.v1", partitions=8)


def test_a_topic_that_is_not_there_is_created() -> None:
    assert verdict(TOPIC, None) == "created"


def test_a_topic_as_it_should_be_is_left_alone() -> None:
    assert verdict(TOPIC, Present(8, {**config_of(TOPIC), "segment.bytes": "1"})) == "unchanged"


@pytest.mark.parametrize(
    "present", [Present(4, config_of(TOPIC)), Present(8, {**config_of(TOPIC), "retention.ms": "1"})]
)
def test_fewer_partitions_or_another_setting_is_changed(present: Present) -> None:
    assert verdict(TOPIC, present) == "changed"


def test_partitions_are_never_taken_away() -> None:
    with pytest.raises(Problem, match=r"has 16 partitions, and should have 8: Kafka cannot take partitions away"):
        verdict(TOPIC, Present(16, config_of(TOPIC)))


def test_no_topic_is_named_twice() -> None:
    names = [topic.name for topic in TOPICS]
    assert len(names) == len(set(names))
