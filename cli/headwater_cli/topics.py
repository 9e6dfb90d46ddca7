"""`headwater topics apply`: makes the broker's topics be as `headwater.contracts.topics` says. Twice does no harm."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import typer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code
from rich.console import Console
from rich.table import Table

from headwater.contracts.topics import TOPICS, Topic
from headwater_cli.platform import addresses
from headwater_cli.problem import Problem, told

Verdict = Literal["created", "changed", "unchanged"]
READY_WITHIN_S = 30.0
commands = typer.Typer(no_args_is_help=True, help="The topics of the platform.")


@dataclass(frozen=True, slots=True)
class Present:
    """A topic as it is on the broker."""

    partitions: int
    config: dict[str, str]


def config_of(topic: Topic) -> dict[str, str]:
    """What the broker is told about a topic."""
    return {
        "cleanup.policy": topic.cleanup_policy,
        "max.message.bytes": str(topic.max_message_bytes),
        "message.timestamp.type": topic.timestamp_type,
        "retention.ms": str(topic.retention_ms),
    }


def verdict(topic: Topic, present: Present | None) -> Verdict:
    """What has to be done; raises a Problem where the broker has more partitions than the topic should have."""
    if present is None:
        return "created"
    if present.partitions > topic.partitions:
        raise Problem(
            f"Topic {topic.name} has {present.partitions} partitions, and should have {topic.partitions}: "
            "Kafka cannot take partitions away.",
            "Give it the old count in headwater/contracts/topics.py, or a new name (v2); "
            "in development: headwater down --wipe && headwater up.",
        )
    same = {key: present.config.get(key) for key in config_of(topic)} == config_of(topic)
    return "unchanged" if same and present.partitions == topic.partitions else "changed"


async def apply(bootstrap: str, topics: Sequence[Topic] = TOPICS) -> dict[str, Verdict]:
    """Creates and changes what differs, waits until each topic has leaders, and tells what was done by topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        present = await _present(admin, topics)
        verdicts = {topic.name: verdict(topic, present.get(topic.name)) for topic in topics}
        await _create(admin, [topic for topic in topics if verdicts[topic.name] == "created"])
        await _change(admin, [topic for topic in topics if verdicts[topic.name] == "changed"], present)
        await _led(admin, topics)
    except KafkaError as error:
        raise Problem(f"The broker at {bootstrap} did not take the topics: {error}.", "See: headwater status") from None
    finally:
        await admin.close()
    return verdicts


async def _present(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> dict[str, Present]:
    names = set(await admin.list_topics()) & {topic.name for topic in topics}
    if not names:
        return {}
    partitions = {found["topic"]: len(found["partitions"]) for found in await admin.describe_topics(sorted(names))}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in sorted(names)])
    configs = {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for answer in answers
        for resource in answer.resources
    }
    return {name: Present(partitions[name], configs[name]) for name in names}


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    if topics:
        copies = min(3, len((await admin.describe_cluster())["brokers"]))
        asked = [NewTopic(topic.name, topic.partitions, copies, topic_configs=config_of(topic)) for topic in topics]
        _check((await admin.create_topics(asked)).topic_errors)


async def _change(admin: AIOKafkaAdminClient, topics: Sequence[Topic], present: dict[str, Present]) -> None:
    grown = {topic.name: NewPartitions(topic.partitions) for topic in topics
             if topic.partitions > present[topic.name].partitions}  # fmt: skip
    if grown:
        _check((await admin.create_partitions(grown)).topic_errors)
    if topics:
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name, configs=config_of(topic)) for topic in topics]
        for answer in await admin.alter_configs(asked):
            _check([(resource[3], *resource[:2]) for resource in answer.resources])


def _check(errors: Iterable[tuple[Any, ...]]) -> None:
    for name, code, *message in errors:
        if code:
            raise Problem(f"Topic {name} was refused: {for_code(code).__name__} {' '.join(map(str, message))}.")


async def _led(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    """A topic is usable when each of its partitions has a leader, shortly after it was created."""
    wanted = {topic.name: topic.partitions for topic in topics}
    deadline = asyncio.get_running_loop().time() + READY_WITHIN_S
    while True:
        found = await admin.describe_topics(list(wanted))
        led = {topic["topic"]: sum(p["leader"] >= 0 for p in topic["partitions"]) for topic in found}
        if led == wanted:
            return
        if asyncio.get_running_loop().time() > deadline:
            late = [name for name in wanted if led.get(name) != wanted[name]]
            raise Problem(f"Topics without a leader after {READY_WITHIN_S:.0f} s: {', '.join(late)}.")
        await asyncio.sleep(0.1)


@commands.command("apply")
def apply_command() -> None:
    """Create and update the topics on the broker (HEADWATER_KAFKA, else the one that `up` started)."""
    with told(Console(stderr=True)):
        verdicts = asyncio.run(apply(addresses().kafka))
    table = Table("topic", "partitions", "what was done")
    for topic in TOPICS:
        table.add_row(topic.name, str(topic.partitions), verdicts[topic.name])
    Console().print(table)
