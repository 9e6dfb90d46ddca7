"""`headwater tail TOPIC`: the messages of a topic, one line each, as they come."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any
from zlib import crc32

import typer
from rich.console import Console
from rich.text import Text

from headwater.envelope import Raw
from headwater_cli.platform import addresses
from headwater_cli.problem import told
from headwater_cli.reading import consumer, history, partitions_of

COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "red")


def tail(
    topic: Annotated[str, typer.Argument(help="A topic's name, for instance orders.order.events.v1.")],
    from_start: Annotated[bool, typer.Option("--from-start", help="Begin with what is there already.")] = False,
    key: Annotated[str | None, typer.Option(help="Only messages of this key, for instance an order's id.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="End after so many; 0 for never.")] = 0,
    end: Annotated[bool, typer.Option("--end", help="End where the topic ends now.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show the messages of a topic as they come; Ctrl-C ends it."""
    with told(Console(stderr=True)):
        try:
            asyncio.run(_tail(topic, from_start or end, end, key, limit, as_json))
        except KeyboardInterrupt:
            return


async def _tail(topic: str, from_start: bool, end: bool, key: str | None, limit: int, as_json: bool) -> None:
    console = Console()
    shown = 0
    async with consumer(addresses().kafka) as client:
        async for record in history(client, [topic]) if end else _live(client, topic, from_start):
            if key is not None and (record.key or b"") != key.encode():
                continue
            if as_json:
                print(json.dumps(_plain(record), ensure_ascii=False))
                sys.stdout.flush()
            else:
                console.print(_line(record), soft_wrap=True)
            shown += 1
            if shown == limit:
                return


async def _live(client: Any, topic: str, from_start: bool) -> AsyncIterator[Raw]:
    partitions = await partitions_of(client, [topic])
    begins = await (client.beginning_offsets(partitions) if from_start else client.end_offsets(partitions))
    client.assign(partitions)
    for partition, offset in begins.items():
        client.seek(partition, offset)
    async for record in client:
        yield record


def _plain(record: Raw) -> dict[str, Any]:
    """A record as JSON: what cannot be read is shown as text, with the odd bytes escaped."""
    text = (record.value or b"").decode(errors="backslashreplace")
    try:
        data = json.loads(text)
    except ValueError:
        data = text
    headers = {name: (value or b"").decode(errors="backslashreplace") for name, value in record.headers}
    at = datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(timespec="milliseconds")
    key = (record.key or b"").decode(errors="backslashreplace")
    return {
        "partition": record.partition,
        "offset": record.offset,
        "at": at,
        "key": key,
        "headers": headers,
        "data": data,
    }


def _line(record: Raw) -> Text:
    plain = _plain(record)
    type_name = plain["headers"].get("ce_type", "?")
    data = plain["data"]
    body = json.dumps(data, ensure_ascii=False) if not isinstance(data, str) else data
    return Text.assemble(
        (f"{plain['at'][11:23]} ", "dim"),
        (f"{plain['partition']}/{plain['offset']:<6} ", "dim"),
        (f"{type_name:<28} ", COLOURS[crc32(type_name.encode()) % len(COLOURS)]),
        (f"{plain['key']} ", "bold"),
        body,
    )
