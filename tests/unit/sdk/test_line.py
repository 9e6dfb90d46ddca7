"""The line: what is sent arrives once the broker is there, and one task looks for it."""

from __future__ import annotations

import asyncio

import pytest

from headwater.producer import PublishFailed, Record
from headwater.sdk import line as line_module
from headwater.sdk.line import Line


class Broker:
    """Stands in for the producer: away or there, with topics of four partitions."""

    def __init__(self) -> None:
        self.there = True
        self.topics = {"tracking"}
        self.sent: list[Record] = []
        self.looked = 0

    async def partitions(self, topic: str) -> int | None:
        self.looked += 1
        if not self.there:
            raise PublishFailed("Kafka does not answer")
        return 4 if topic in self.topics else None

    async def send(self, record: Record) -> None:
        await asyncio.sleep(0)
        if not self.there:
            raise PublishFailed("Kafka does not answer")
        self.sent.append(record)

    async def stop(self) -> None: ...


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def line(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Line:
    monkeypatch.setattr(line_module, "PROBE_S", 0.001)
    monkeypatch.setattr(line_module, "Producer", lambda kafka, name: broker)
    return Line("kafka:9092", "partners.carrier.x")


async def test_many_wait_while_one_looks_for_the_broker(line: Line, broker: Broker) -> None:
    broker.there = False
    sending = [asyncio.create_task(line.send("tracking", b"shp_%d" % i, b"{}", [])) for i in range(100)]
    await asyncio.sleep(0.05)
    assert line.away == "Kafka does not answer"
    assert broker.looked < 200  # each once, then one for all
    broker.there = True
    await asyncio.gather(*sending)
    assert len(broker.sent) == 100
    assert line.away is None


async def test_a_topic_that_is_missing_is_named_and_waited_for(line: Line, broker: Broker) -> None:
    sending = asyncio.create_task(line.send("reports", b"shp_1", b"{}", []))
    await asyncio.sleep(0.01)
    assert line.away == "topic reports is missing: run `headwater topics apply`"
    broker.topics.add("reports")
    await sending
    assert [record.topic for record in broker.sent] == ["reports"]
    await line.stop()
