"""`headwater dlq`: what could not be processed, why, and bringing it back.

How far a dead-letter topic has been dealt with is kept in Kafka, as the offsets of the group `headwater.dlq`: the
committed offset, and beside it, as the commit's metadata, the later ones that were dealt with out of order.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata
from rich.console import Console
from rich.table import Table

from headwater.contracts.topics import TOPICS, dlq_of
from headwater.envelope import Raw
from headwater.producer import Producer, PublishFailed, Record, partition_of
from headwater_cli.platform import addresses
from headwater_cli.problem import Problem, told
from headwater_cli.reading import consumer, history

GROUP = "headwater.dlq"
DLQ_TOPICS = tuple(topic.name for topic in TOPICS if topic.name.endswith(".dlq"))
commands = typer.Typer(no_args_is_help=True, help="Dead letters: messages that could not be processed, and why.")
console = Console()

TopicArgument = Annotated[str | None, typer.Argument(help="A topic, or its dead-letter topic; without it, all.")]
Offset = Annotated[int, typer.Argument(help="The number that `dlq list` shows.")]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be processed, with where it came from."""

    record: Raw
    origin: str
    """The topic that it was read from."""
    error: str

    @property
    def place(self) -> tuple[str, ...]:
        """Where it first stood: the same place twice is the same message, published twice."""
        found = dict(self.record.headers)
        return tuple(found.get(name, b"").decode() for name in ("dlq_topic", "dlq_partition", "dlq_offset"))


def read_letter(record: Raw) -> DeadLetter:
    """A record of a dead-letter topic."""
    headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    origin = headers.get("dlq_topic", record.topic.removesuffix(".dlq"))
    return DeadLetter(record, origin, headers.get("dlq_error", "no reason was given"))


@commands.command("list")
def list_command(
    topic: TopicArgument = None,
    limit: Annotated[int, typer.Option(min=1, help="Show so many, the oldest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout: all of them.")] = False,
) -> None:
    """List the dead letters that nobody has dealt with."""
    with told(Console(stderr=True)):
        letters = asyncio.run(_pending(_dlq_topics(topic)))
    if as_json:
        print(json.dumps([_summary(letter) for letter in letters], ensure_ascii=False))
        return
    table = Table(
        "dead-letter topic",
        "no.",
        "at (UTC)",
        "type",
        "key",
        "why",
        title=f"{len(letters)} dead letters, {min(limit, len(letters))} shown",
    )
    for letter in letters[:limit]:
        row = _summary(letter)
        table.add_row(row["topic"], str(row["offset"]), row["at"], row["type"], row["key"], row["error"])
    console.print(table if letters else "No dead letters: every message was processed.")


@commands.command("show")
def show_command(topic: Annotated[str, typer.Argument()], offset: Offset) -> None:
    """Show one dead letter whole: its headers, its data, and why it is here."""
    with told(Console(stderr=True)):
        letter = asyncio.run(_one(_dlq_topics(topic)[0], offset))
        console.print(f"[bold]{letter.error}[/bold]" if "[" not in letter.error else letter.error)
        for name, value in letter.record.headers:
            console.print(f"  {name}: {(value or b'').decode(errors='backslashreplace')}", markup=False)
        console.print((letter.record.value or b"").decode(errors="backslashreplace"), markup=False, soft_wrap=True)
        console.print(f"\nBring it back: headwater dlq redrive {letter.record.topic} --offset {offset}", style="dim")


@commands.command("redrive")
def redrive_command(
    topic: TopicArgument = None,
    offset: Annotated[int | None, typer.Option(help="Only this one.")] = None,
    discard: Annotated[
        bool, typer.Option("--discard", help="Deal with it by leaving it: it is not sent again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout.")] = False,
) -> None:
    """Send dead letters to the topic that they came from, once what was wrong is mended."""
    with told(Console(stderr=True)):
        if offset is not None and topic is None:
            raise Problem("An offset is of one topic.", "Say which: headwater dlq redrive TOPIC --offset N")
        done = asyncio.run(_redrive(_dlq_topics(topic), offset, discard))
    if as_json:
        print(json.dumps(done))
    else:
        told_what = "left behind" if discard else "sent again"
        console.print(f"{done['redriven']} dead letters {told_what}, {done['refused']} could not be.")


def _dlq_topics(topic: str | None) -> list[str]:
    if topic is None:
        return list(DLQ_TOPICS)
    return [topic if topic.endswith(".dlq") else dlq_of(topic)]


def _summary(letter: DeadLetter) -> dict[str, Any]:
    headers = {name: (value or b"").decode(errors="replace") for name, value in letter.record.headers}
    at = datetime.fromtimestamp(letter.record.timestamp / 1000, UTC).isoformat(sep=" ", timespec="seconds")[:19]
    return {
        "topic": letter.record.topic, "offset": letter.record.offset, "at": at, "type": headers.get("ce_type", "?"),
        "key": (letter.record.key or b"").decode(errors="replace"), "error": letter.error, "origin": letter.origin,
    }  # fmt: skip


async def _pending(topics: list[str]) -> list[DeadLetter]:
    async with consumer(addresses().kafka, group_id=GROUP) as client:
        return [letter for topic in topics for letter in await _undealt(client, topic)]


async def _undealt(client: Any, topic: str) -> list[DeadLetter]:
    start, dealt = await _dealt_with(client, topic)
    letters: dict[tuple[str, ...], DeadLetter] = {}
    async for record in history(client, [topic], {TopicPartition(topic, 0): start}):
        if record.offset not in dealt:
            letter = read_letter(record)
            letters.setdefault(letter.place, letter)
    return list(letters.values())


async def _dealt_with(client: Any, topic: str) -> tuple[int, set[int]]:
    partition = TopicPartition(topic, 0)
    first = (await client.beginning_offsets([partition]))[partition]
    found = await client._coordinator.fetch_committed_offsets([partition])
    committed = found.get(partition)
    if committed is None or committed.offset < first:
        return first, set()
    return committed.offset, {int(number) for number in committed.metadata.split(",") if number}


async def _deal_with(client: Any, topic: str, offsets: set[int]) -> None:
    """Remember that these have been dealt with."""
    start, dealt = await _dealt_with(client, topic)
    dealt = {number for number in dealt | offsets if number >= start}
    while start in dealt:
        dealt.discard(start)
        start += 1
    partition = TopicPartition(topic, 0)
    client.assign([partition])
    await client.commit({partition: OffsetAndMetadata(start, ",".join(map(str, sorted(dealt))))})


async def _one(topic: str, offset: int) -> DeadLetter:
    async with consumer(addresses().kafka) as client:
        async for record in history(client, [topic], {TopicPartition(topic, 0): offset}):
            if record.offset == offset:
                return read_letter(record)
    raise Problem(f"There is no dead letter {offset} in {topic}.", f"What is there: headwater dlq list {topic}")


async def _redrive(topics: list[str], offset: int | None, discard: bool) -> dict[str, int]:
    kafka = addresses().kafka
    producer = Producer(kafka, "headwater-dlq")
    done = refused = 0
    try:
        async with consumer(kafka, group_id=GROUP) as client:
            for topic in topics:
                letters = [one for one in await _undealt(client, topic) if offset in (None, one.record.offset)]
                if offset is not None and not letters:
                    raise Problem(f"Dead letter {offset} of {topic} is not there, or has been dealt with.",
                                  f"What is left: headwater dlq list {topic}")  # fmt: skip
                sent = letters if discard else await _send_again(producer, letters)
                places = {one.place for one in sent}
                copies = [one async for one in _copies(client, topic, places)]
                if copies:
                    await _deal_with(client, topic, set(copies))
                done += len(sent)
                refused += len(letters) - len(sent)
    except PublishFailed as error:
        raise Problem(f"Sending again failed: {error}.", "Those already sent are harmless; try again.") from None
    finally:
        await producer.stop()
    return {"redriven": done, "refused": refused}


async def _copies(client: Any, topic: str, places: set[tuple[str, ...]]) -> Any:
    async for record in history(client, [topic]):
        if read_letter(record).place in places:
            yield record.offset


async def _send_again(producer: Producer, letters: list[DeadLetter]) -> list[DeadLetter]:
    """Publishes those that can be, and returns them."""
    sent: list[DeadLetter] = []
    records = []
    for letter in letters:
        partitions = await producer.partitions(letter.origin)
        key = letter.record.key
        if not partitions or not key:
            why = f"topic {letter.origin} does not exist" if not partitions else "it has no key"
            console.print(f"{letter.record.topic} {letter.record.offset} cannot be sent again: {why}", markup=False)
            continue
        # Without its number: under it, it would pass for a message that has been seen.
        headers = [(name, value) for name, value in letter.record.headers
                   if not name.startswith("dlq_") and name != "ce_sequence"]  # fmt: skip
        value = letter.record.value or b""
        records.append(Record(letter.origin, partition_of(key, partitions), key, value, headers))
        sent.append(letter)
    if records:
        await producer.publish(records)
    return sent
