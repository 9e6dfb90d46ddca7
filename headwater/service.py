"""A service: what it listens to, which rules decide, which look-ups it answers. `app.py` of each service builds one."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import grpc
import uvicorn
import uvloop
from aiokafka import ConsumerRebalanceListener, TopicPartition
from faststream.asgi import AsgiFastStream, AsgiResponse, get
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.prometheus import KafkaPrometheusMiddleware
from faststream.middlewares import AckPolicy
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, make_asgi_app

from headwater import faults
from headwater.clock import StoreClock
from headwater.contracts.base import Message, Wake
from headwater.decision import Decision, State
from headwater.folders import Slot
from headwater.freshness import Freshness
from headwater.logs import configure_logging, log
from headwater.lookups import CachedReader
from headwater.memory import keep_collector_away
from headwater.polling import POLL_MS, LongPoll
from headwater.processor import Processor
from headwater.producer import Producer, PublishFailed
from headwater.projection import Model, Projection, Source, following
from headwater.rpc import RpcServer
from headwater.rules import Aggregate, Parts, Route, Rules
from headwater.settings import ServiceSettings
from headwater.store import Reader, Store, StoreAway
from headwater.telemetry import Meter
from headwater.timers import Sweeper

__all__ = ["Parts", "Service", "ServiceSettings", "Subscription", "run"]

S = TypeVar("S", bound=State)
M = TypeVar("M", bound=Model)
AnySettings = TypeVar("AnySettings", bound=ServiceSettings)
AGAIN_AFTER_S = 1.0
"""What fails in the background begins again after so long."""
LEAVING_S = 1.0
"""How long a process that has stopped working may take to leave its groups and close its connections."""


class HealthServer(uvicorn.Server):
    """Answers health checks from the first moment to the last; the service itself hears the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a service declares of one consumer group, before anything runs."""

    name: str
    """Of the group and its processor, `orders.order`."""
    topics: tuple[str, ...]
    rules: Callable[[], Rules]
    """Makes the rules anew: they keep what they know of a run."""
    timers: str | None = None
    """The collection whose states ask to be woken."""


class Inbox(ConsumerRebalanceListener):  # type: ignore[misc]
    """A subscription at work: its processor, and its Kafka consumer once that runs."""

    def __init__(self, processor: Processor) -> None:
        self.processor = processor
        self.subscriber: Any = None

    @property
    def consumer(self) -> Any:
        """The Kafka consumer, None while it does not run."""
        return self.subscriber.consumer if self.subscriber is not None else None

    async def handle(self, records: Any) -> None:
        """FastStream hands over one poll: a tuple of `Raw`."""
        await self.processor.handle(records, self.consumer)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """The group gave us these partitions."""
        await self.processor.assigned(assigned, self.consumer)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """The group takes these partitions away."""
        if self.consumer is not None:
            await self.processor.revoked(revoked, self.consumer)


class Service:
    """A deployable: its inboxes and routes, its database, its look-ups, its health."""

    def __init__(self, name: str, settings: ServiceSettings) -> None:
        self.name = name
        self.settings = settings
        self.store = Store(settings.store, name)
        self.producer = Producer(settings.kafka, f"headwater-{name}")
        self.registry = CollectorRegistry()
        for collect in (ProcessCollector, PlatformCollector, GCCollector):
            collect(registry=self.registry)
        self.broker = KafkaBroker(
            settings.kafka,
            client_id=f"headwater-{name}",
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            serializer=None,
            logger=logging.getLogger("faststream"),
            graceful_timeout=settings.stop_within_s,
            middlewares=[KafkaPrometheusMiddleware(registry=self.registry, app_name=name)],
        )
        self.subscriptions: list[Subscription] = []
        self._meter = Meter(self.registry)
        self._inboxes: list[Inbox] = []
        self._sweepers: list[Sweeper] = []
        self._indexes: list[tuple[str, tuple[str, ...]]] = []
        self._timed: list[str] = []
        self._registrations: list[Any] = []
        self._committed: defaultdict[str, list[Callable[[str, Any, int], None]]] = defaultdict(list)
        """By collection, who wants to know of the changes that this process commits."""
        self._freshness = Freshness(settings.kafka)
        self._projections: list[Projection[Any]] = []
        self._rpc: RpcServer | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._ready = False

    # --- what a service declares -----------------------------------------------------------------------------------

    def aggregate(
        self,
        collection: str,
        state: type[S],
        *,
        inbox: str,
        accepts: Iterable[type[Message]],
        decide: Callable[[S | None, Any, datetime], Decision[S]],
        parts: Parts | None = None,
        begins: Iterable[type[Message]] = (),
        wakes: bool = False,
        indexes: Iterable[tuple[str, ...]] = (),
    ) -> Reader[S]:
        """An aggregate: messages of its one inbox are decided on by `decide`, its states are kept in `collection`.

        Messages of `begins` usually begin a new state, which is then not looked for (see `Aggregate`).
        Returns a reader of its states for views and look-ups.
        """
        types: tuple[type[Message], ...] = (*accepts, Wake) if wakes else tuple(accepts)
        rules = partial(
            Aggregate, collection, state, decide, types, parts, self.settings.hot_states, tuple(begins),
            self._committed[collection],
        )  # fmt: skip
        self._subscribe(collection, (inbox,), rules, timers=collection if wakes else None)
        self._indexes += [(collection, keys) for keys in indexes]
        self._indexes += [(f"{collection}.{parts.name}", keys) for keys in parts.indexes] if parts else []
        self._timed += [collection] if wakes else []
        return Reader(self.store, collection, state, parts.name if parts else None, parts.type if parts else None)

    def cached(self, reader: Reader[S], *, events: str, absent: bool = False) -> CachedReader[S]:
        """The same states for look-ups by id, from memory where they can be (`headwater/lookups.py`).

        `events` is the topic that tells of the aggregate's changes, each under its id. `absent`: most that is asked for
        does not exist, and that is kept in memory, too.
        """
        cached = CachedReader(reader, self.settings.lookup_states, self._freshness.wake, absent)
        self._committed[reader.collection].append(cached.committed)
        self._freshness.keep(cached, events)
        return cached

    def clock(self) -> StoreClock:
        """The platform's time, for look-ups that promise something until then."""
        return StoreClock(self.store.now)

    def projection(
        self, name: str, open_model: Callable[[Path], M], *, of: Sequence[Source], rebuild_on: str | None = None
    ) -> Projection[M]:
        """A read model of these sources that each process keeps for itself on disk (`headwater/projection.py`).

        Any record on the topic `rebuild_on` has every process build its own anew, while the old one serves.
        """
        made = Projection(name, open_model, of, following(self.settings.kafka), rebuild_on)
        self._projections.append(made)
        return made

    def route(
        self,
        name: str,
        *,
        topics: Sequence[str],
        on: Mapping[type[Message], Callable[..., Any]],
        with_topic: bool = False,
        external: bool = False,
    ) -> None:
        """A stateless step: each event of these topics becomes the commands that its function returns, exactly once.

        `external` says that partners write these topics: what they put into `ce_sequence` is not believed.
        """
        self._subscribe(name, topics, partial(Route, on, with_topic=with_topic, external=external))

    def rpc(self, add_to_server: Callable[[Any, grpc.aio.Server], None], servicer: Any, full_name: str) -> None:
        """Answer look-ups by a servicer, under the full name of its service."""
        self._registrations.append((add_to_server, servicer, full_name))

    def _subscribe(
        self, name: str, topics: Sequence[str], rules: Callable[[], Rules], timers: str | None = None
    ) -> None:
        self.subscriptions.append(Subscription(f"{self.name}.{name}", tuple(topics), rules, timers))

    def _listen(self, declared: Subscription) -> None:
        processor = Processor(
            declared.name, declared.rules(), self.store, self.producer, self._meter,
            at=faults.from_environment(declared.name),
        )  # fmt: skip
        inbox = Inbox(processor)
        subscriber = self.broker.subscriber(
            *declared.topics,
            group_id=declared.name,
            batch=True,
            batch_timeout_ms=1,
            max_records=self.settings.batch_size,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            session_timeout_ms=self.settings.session_timeout_ms,
            heartbeat_interval_ms=min(1000, self.settings.session_timeout_ms // 3),
            max_poll_interval_ms=24 * 3600 * 1000,  # a batch waits as long as the store is away
            fetch_max_wait_ms=POLL_MS,
            listener=inbox,
            parser=_keep_raw,
            decoder=_raw,
            no_reply=True,
            title=declared.name,
        )
        subscriber(inbox.handle)
        inbox.subscriber = subscriber
        self._inboxes.append(inbox)
        if declared.timers is not None:
            (topic,) = declared.topics
            self._sweepers.append(Sweeper(declared.timers, topic, self.store, self.producer, processor.owns))

    # --- life ------------------------------------------------------------------------------------------------------

    def app(self) -> AsgiFastStream:
        """The ASGI application that runs it all: subscribers, look-ups, health. To be called once."""
        for declared in self.subscriptions:
            self._listen(declared)
        return AsgiFastStream(
            self.broker,
            logger=None,
            asgi_routes=[
                ("/livez", _answer(lambda: None)),
                ("/readyz", _answer(self._why_not_ready, self._told)),
                ("/metrics", make_asgi_app(self.registry)),
            ],
            on_startup=[self._start],
            after_startup=[self._started],
            on_shutdown=[self._stop],
            after_shutdown=[self._stopped],
        )

    async def _start(self) -> None:
        await _until_there("the store", self.settings.store, self.store.ping, StoreAway)
        await _until_there("Kafka", self.settings.kafka, self.producer.start, PublishFailed)
        for collection, keys in self._indexes:
            await self.store.ensure_index(collection, keys)
        for collection in self._timed:
            await self.store.ensure_index(collection, ("wake_at",), sparse=True)
        await self.broker.connect()
        configuration: Any = self.broker.config.broker_config
        configuration.builder = partial(LongPoll, **configuration.builder.keywords)
        if self._registrations:
            self._rpc = RpcServer(f"{self.settings.host}:{self.settings.grpc_port}", self._registrations)
            await self._rpc.start()

    async def _started(self) -> None:
        every_s = self.settings.sweep_ms / 1000
        self._tasks = [asyncio.create_task(sweeper.run(every_s)) for sweeper in self._sweepers]
        self._tasks.append(asyncio.create_task(keep_collector_away()))
        if self._freshness:
            self._tasks.append(asyncio.create_task(self._freshness.run()))
        self._tasks += [asyncio.create_task(self._project(one)) for one in self._projections]
        self._ready = True
        log.info("ready", http=self.settings.http_port, grpc=self._rpc.port if self._rpc else None)

    async def _project(self, projection: Projection[Any]) -> None:
        """Serve it until cancelled. What ends it is told, and it goes on from what it had committed."""
        while True:
            try:
                await self._project_once(projection)
            except Exception:
                log.exception("a projection has ended; it begins again", name=projection.name)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _project_once(self, projection: Projection[Any]) -> None:
        identity = await _until_there("the store", self.settings.store, self.store.identity, StoreAway)
        # Its name has the store's identity: what was made of another store's states is not taken up here.
        folder = self.settings.projections / f"{self.name}.{projection.name.replace(' ', '-')}.{identity[:12]}"
        slot = Slot.take(folder)
        try:
            await projection.run(slot)
        finally:
            slot.free()

    async def _stop(self) -> None:
        self._ready = False
        for task in self._tasks:
            task.cancel()
        wait_s = self.settings.stop_within_s
        await asyncio.gather(*(inbox.processor.stop(inbox.consumer, wait_s) for inbox in self._inboxes))
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _stopped(self) -> None:
        if self._rpc is not None:
            await self._rpc.stop(grace_s=2.0)
        await self.producer.stop()
        await asyncio.to_thread(self.store.close)  # it says goodbye to the store, which may not answer
        log.info("stopped")

    def _told(self) -> str:
        """What to know of a service that is ready."""
        return "\n".join(["ok", *(told for one in self._projections if (told := one.told()))])

    def _why_not_ready(self) -> str | None:
        if not self._ready:
            return "starting, or stopping"
        for inbox in self._inboxes:
            if not inbox.processor.healthy:
                return f"{inbox.processor.name} waits for the store or the broker; its log says for what"
            if inbox.consumer is not None and not inbox.consumer.assignment():
                return f"{inbox.processor.name} has no partitions yet"
        return None


def run(build: Callable[[AnySettings], Service], settings: type[AnySettings]) -> None:
    """Run a service until SIGTERM: the whole of its `__main__`."""
    configured = settings()
    uvloop.install()
    asyncio.run(_serve(build, configured))


async def _serve(build: Callable[[AnySettings], Service], settings: AnySettings) -> None:
    service = build(settings)
    configure_logging(settings.log_level, service.name)
    app = service.app()
    config = uvicorn.Config(
        app, host=settings.host, port=settings.http_port, log_config=None, access_log=False, lifespan="off",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    health = HealthServer(config)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    serving = asyncio.create_task(health.serve())
    running = asyncio.create_task(_run(app, stop, settings.stop_within_s + LEAVING_S))
    await asyncio.wait({serving, running}, return_when=asyncio.FIRST_COMPLETED)
    health.should_exit = True
    stop.set()
    await asyncio.gather(serving, running)


async def _run(app: AsgiFastStream, stop: asyncio.Event, within_s: float) -> None:
    starting = asyncio.create_task(app.start())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        return
    await starting  # what made it fail ends the process
    await stopping
    leaving = asyncio.create_task(app.stop())
    await asyncio.wait({leaving}, timeout=within_s)
    if not leaving.done():
        # Something that is away is waited for. Ending at any point is safe, and worth more than a farewell.
        log.warning("not everything ended in time; whoever comes next goes on from here", within_s=within_s)
        os._exit(1)
    await leaving


async def _until_there(what: str, where: str, attempt: Callable[[], Any], away: type[Exception]) -> Any:
    """A process may start before what it needs: it waits, and says what for."""
    while True:
        try:
            return await attempt()
        except away as error:
            log.warning(f"waiting for {what}", address=where, reason=str(error))
            await asyncio.sleep(1)


def _answer(why_not: Callable[[], str | None], told: Callable[[], str] = lambda: "ok") -> Any:
    @get(include_in_schema=False)
    async def endpoint(_request: Any) -> AsgiResponse:
        reason = why_not()
        return AsgiResponse((reason or told()).encode() + b"\n", status_code=503 if reason else 200)

    return endpoint


async def _keep_raw(records: Any) -> KafkaMessage:
    # FastStream's parser decodes every header of every record, and a header that is no UTF-8 would stop the batch.
    return KafkaMessage(body=b"", raw_message=records, headers={}, consumer=None)  # type: ignore[arg-type]


async def _raw(message: KafkaMessage) -> Any:
    return message.raw_message
