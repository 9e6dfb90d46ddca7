"""One run: the services' processes on simulated ground, people and partners, and what goes wrong."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import structlog

from headwater.contracts.topics import TOPICS
from headwater.service import Subscription
from headwater_proof.checks.case import FINAL
from headwater_proof.evidence import Evidence
from headwater_proof.services import subscriptions
from headwater_proof.sim.asking import Client
from headwater_proof.sim.baskets import Baskets
from headwater_proof.sim.broker import Broker, Producer
from headwater_proof.sim.loop import Standstill, VirtualLoop
from headwater_proof.sim.mischief import garbage, nonsense, repeats
from headwater_proof.sim.network import Node, Server
from headwater_proof.sim.partners import Partners
from headwater_proof.sim.plan import SERVICES, SKUS, TROUBLE_S, Fault, Plan
from headwater_proof.sim.process import Ground, Process
from headwater_proof.sim.shop import Shop
from headwater_proof.sim.store import Database
from headwater_proof.sim.treasury import Treasury

BEGIN = datetime(2026, 11, 11, tzinfo=UTC)
SETTINGS: Mapping[str, Mapping[str, Any]] = {"orders": {"acceptance_window_s": 8, "settlement_period_s": 4}}
"""Where the services run under other settings here than elsewhere."""
UNPLAYED = frozenset(("orders.inquiry", "orders.roster", "orders.company", "orders.trialsale", "orders.testplan"))
"""Groups that nobody here writes to. They would take and hand over lanes all the same, at a quarter of a run's cost."""
PATIENCE_S = 600.0
"""After so long a run that has not come to rest never will."""
HEALED_S = 12.0
"""The longest trouble is over so long after the last one began."""
QUIET_S = 10.0
"""What is silent for so long has nothing more to say: a publish without an answer is repeated sooner."""
SLOW = 40.0


def declared(service: str, hot: int) -> tuple[Subscription, ...]:
    """The groups of a service as they run here."""
    groups = subscriptions(service, hot_states=hot, **SETTINGS.get(service, {}))
    return tuple(group for group in groups if group.name not in UNPLAYED)


class World:
    """Everything there is in one run."""

    def __init__(self, plan: Plan) -> None:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        self.plan = plan
        self.loop = VirtualLoop()
        self.told: list[str] = []
        """What happened, for a person to read."""
        self._chance = Random(f"world {plan.seed}")
        self._steps = {"kafka": 0.0} | {f"{service} store": 0.0 for service in SERVICES}
        """By how many seconds each server's clock was stepped."""
        counts = {topic.name: 1 if topic.name.endswith(".dlq") else plan.partitions for topic in TOPICS}
        self.broker = Broker(counts, self.loop, self._chance, lambda: self._clock("kafka").timestamp())
        self.databases = {service: self._database(service) for service in SERVICES}
        self._servers: dict[str, Server] = {"kafka": self.broker.server} | {
            database.server.name: database.server for database in self.databases.values()
        }
        self._processes: dict[str, Process] = {}
        self._down: set[str] = set()
        self._lives = 0
        door = Node("gateway", self.loop, self._chance, plan.weather)
        self.client = Client(self.broker, Producer(door, self.broker, self._chance, plan.weather), self._now)
        self.shop, self.baskets = Shop(self.broker, self.client), Baskets(self.client)
        Partners(self.broker, self._chance, self._now)
        self.treasury = Treasury(self.broker, self.client, Random(f"treasury {plan.seed}"), self._now)

    def run(self) -> Evidence:
        """Play the plan until all is at rest, or nothing moves. Raises `RuntimeError` on a fault of its own."""
        try:
            self.loop.run_until_complete(self._run())
        except (Standstill, TimeoutError):
            self._tell("it does not come to rest")
        finally:
            evidence = self._evidence()
            self._end()
        if self.loop.broken is not None:
            raise RuntimeError(f"the simulation of seed {self.plan.seed} is broken") from self.loop.broken
        return evidence

    async def _run(self) -> None:
        for service in SERVICES:
            for number in range(self.plan.members):
                self._start(f"{service}-{number}")
        people = [asyncio.ensure_future(self.shop.receive(sku, self.plan.stock[sku])) for sku in range(SKUS)]
        people += [asyncio.ensure_future(self.shop.play(act)) for act in self.plan.acts]
        people += [asyncio.ensure_future(self.baskets.play(basket)) for basket in self.plan.baskets]
        for fault in self.plan.faults:
            self.loop.call_later(fault.at, self._strike, fault)
        keeper = asyncio.ensure_future(self._keep_running())
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*people)
            await asyncio.sleep(max(0.0, TROUBLE_S + HEALED_S - self.loop.time()))
            while not await self._at_rest():  # noqa: ASYNC110  here time costs nothing
                await asyncio.sleep(1)
        keeper.cancel()

    # --- the machines ------------------------------------------------------------------------------------------------

    def _start(self, name: str) -> None:
        self._lives += 1
        service = name.partition("-")[0]
        chance = Random(f"{self.plan.seed} {name} {self._lives}")
        node = Node(name, self.loop, chance, self.plan.weather)
        ground = Ground(self.broker, self.databases[service], chance, self.plan.weather, self.plan.most)
        self._processes[name] = Process(node, declared(service, self.plan.hot), ground)

    async def _keep_running(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            for name, process in list(self._processes.items()):
                if not process.node.alive and name not in self._down:
                    self._tell(f"{name} starts again")
                    self.broker.suspect(process.node)
                    if "-extra-" in name:
                        del self._processes[name]
                    else:
                        self._start(name)

    def _database(self, service: str) -> Database:
        name = f"{service} store"
        return Database(Server(name), lambda: self._clock(name))

    def _clock(self, server: str) -> datetime:
        return self._now() + timedelta(seconds=self._steps[server])

    def _now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.loop.time())

    # --- what goes wrong ---------------------------------------------------------------------------------------------

    def _strike(self, fault: Fault) -> None:
        self._tell(str(fault).partition("s  ")[2])
        if fault.target in self._servers:
            self._strike_server(fault, self._servers[fault.target])
        elif fault.target in SERVICES:
            self._write_rubbish(fault)
        else:
            self._strike_process(fault, self._processes[fault.target])

    def _strike_server(self, fault: Fault, server: Server) -> None:
        if fault.kind == "clock":
            self._steps[fault.target] += float(fault.detail)
        else:
            server.up = False
            self.loop.call_later(fault.lasts, setattr, server, "up", True)

    def _strike_process(self, fault: Fault, process: Process) -> None:
        node = process.node
        later = self.loop.call_later
        match fault.kind:
            case "kill":
                node.kill()
                self._down.add(fault.target)
                later(fault.lasts, self._down.discard, fault.target)
            case "kill in step":
                node.steps_left = int(fault.detail)
            case "kill at point":
                process.die_at = fault.detail
            case "last breath":
                node.last_breath = True
            case "pause":
                node.pause()
                later(fault.lasts, node.resume)
            case "cut":
                cut = {"kafka", f"{fault.target.partition('-')[0]} store"} if fault.detail == "both" else {fault.detail}
                node.cut |= cut
                later(fault.lasts, node.cut.difference_update, cut)
            case "slow":
                node.slow = SLOW
                later(fault.lasts, setattr, node, "slow", 1.0)
            case "restart":
                self.loop.create_task(process.stop())
            case "extra member":
                extra = f"{fault.target}-extra-{self._lives}"
                self._start(extra)
                later(fault.lasts, self._processes[extra].node.kill)
        self.broker.suspect(node)

    def _write_rubbish(self, fault: Fault) -> None:
        chance = Random(f"{self.plan.seed} {fault.detail}")
        topics = [topic for declared_ in declared(fault.target, self.plan.hot) for topic in declared_.topics]
        weights = [1 + sum(map(len, self.broker.logs[topic])) for topic in topics]
        (topic,) = chance.choices(topics, weights if fault.kind == "repeat" else None)
        logs = self.broker.logs[topic]
        match fault.kind:
            case "poison":
                records = garbage(chance, topic, len(logs))
            case "nonsense":
                records = nonsense(chance, topic, len(logs), self._now())
            case _:
                records = repeats(chance, logs)
        if self.broker.server.up:
            self.broker.append(records)

    # --- the end -----------------------------------------------------------------------------------------------------

    async def _at_rest(self) -> bool:
        if (
            not self._all_read()
            or not self.treasury.idle
            or any(order["status"] not in FINAL for order in self.databases["orders"].find("order"))
        ):
            return False
        before = self._count()
        await asyncio.sleep(QUIET_S)
        return before == self._count() and self._all_read()

    def _count(self) -> int:
        return sum(len(log) for logs in self.broker.logs.values() for log in logs)

    def _all_read(self) -> bool:
        for service, database in self.databases.items():
            for group in declared(service, self.plan.hot):
                for topic in group.topics:
                    for number, log in enumerate(self.broker.logs[topic]):
                        mark = database.get("marks", f"{group.name}:{topic}/{number}") or {}
                        if (mark.get("next") or 0) != len(log):
                            return False
        return True

    def _evidence(self) -> Evidence:
        documents: dict[str, Mapping[str, Any]] = {
            service: {name: database.find(name) for name in database.collections}
            for service, database in self.databases.items()
        }
        records = {topic: [record for log in logs for record in log] for topic, logs in self.broker.logs.items()}
        partitions = {topic: len(logs) for topic, logs in self.broker.logs.items()}
        return Evidence(self.client.history, records, documents, partitions)

    def _tell(self, what: str) -> None:
        self.told.append(f"{self.loop.time():7.2f} s  {what}")

    def _end(self) -> None:
        for process in self._processes.values():
            process.node.kill()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()
        gc.collect(0)
