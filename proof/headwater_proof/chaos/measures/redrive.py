"""`headwater dlq redrive` brings back everything that can be mended, and loses nothing of the rest.

The orders service is set back to a release that does not know payments yet: they become dead letters. Among them lies
poison that nobody will ever understand. Then the service is set forward again, and all of it is sent again.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from random import Random
from typing import Any

from aiokafka import TopicPartition

from gateway.ids import id_for
from headwater.contracts.orders import PayOrder
from headwater.contracts.topics import ORDER_INBOX, dlq_of
from headwater.producer import Producer, Record
from headwater_cli import supervisor
from headwater_cli.demo.script import Act
from headwater_cli.problem import Problem
from headwater_cli.reading import consumer
from headwater_cli.supervisor import Program
from headwater_proof.chaos.collect import evidence
from headwater_proof.chaos.groups import PARTITIONS
from headwater_proof.chaos.ledger import Ledger
from headwater_proof.chaos.measures.measured import Measured
from headwater_proof.chaos.poison import ANYWHERE, INBOX_ONLY, publish
from headwater_proof.chaos.rest import Rest
from headwater_proof.chaos.round import Running, Say, platform
from headwater_proof.chaos.shop import Shop, acts
from headwater_proof.chaos.up import start

ORDERS = 60
POISON = ("wrong address", "wrong schema", "unknown type")
"""These have a key, so they can be sent again, and are refused again."""
KINDS, TIMES = ANYWHERE | INBOX_ONLY, 5
WITHIN_S = 60.0
PATIENT = {"HEADWATER_PAYMENT_WINDOW_S": "600"}
"""An order must not expire while its payment lies among the dead letters."""


async def measure(seed: int, say: Say) -> Measured:
    """Lose all payments to the dead letters, and bring them back."""
    async with platform(say, doubled=()) as running:
        right = running.stage.programs["orders"]
        right = replace(right, env={**right.env, **PATIENT})
        older = [sys.executable, "-m", "headwater_proof.chaos.older", "orders", PayOrder.TYPE]
        await _instead(running, replace(right, argv=older))
        say("orders is set back")
        await _pay_in_vain(running, seed)
        await _poison(running, seed)
        dead = await _dead_letters(running, at_least=ORDERS + TIMES * len(POISON))
        say(f"{dead} dead letters")
        await _instead(running, right)
        done = await _headwater(running, "dlq", "redrive", ORDER_INBOX, "--json")
        say(f"redriven: {done}")
        restless = await Rest(running.stage.kafka, running.stage.store).wait(WITHIN_S)
        left = await _headwater(running, "dlq", "list", ORDER_INBOX, "--json")
        found = await evidence(running.stage.kafka, running.stage.store, [])
    orders = found.documents["orders"]["order"]
    back = sum(order["status"] == "completed" and order["paid_fen"] == order["total_fen"] for order in orders)
    poison = TIMES * len(POISON)
    figures = {"orders": ORDERS, "dead": dead, **done, "brought_back": back, "brought_back_share": back / ORDERS,
               "poison": poison, "poison_dead_again": len(left), "rest": restless}  # fmt: skip
    held = back == ORDERS and len(left) == poison and done["redriven"] == dead and restless is None
    return Measured("redrive", figures, held)


async def _instead(running: Running, program: Program) -> None:
    """Run this one in the place of the one of the same name."""
    stage = running.stage
    stage.programs.pop(program.name)
    await asyncio.to_thread(supervisor.stop, stage.home, program.name)
    await start(stage, [program])


async def _pay_in_vain(running: Running, seed: int) -> None:
    """Place orders, and pay each: what is answered is that there is no answer yet."""
    with Ledger(running.stage.home.root / "ledger.jsonl") as ledger:
        shop = Shop(running.stage.gateway, ledger, seed, tries=1)
        await shop.open()
        payers = (act for act in acts(seed) if act.plot in ("accept", "wait"))
        outcomes = await asyncio.gather(*(_order(shop, act) for act in islice(payers, ORDERS)))
        await shop.close()
    if set(outcomes) != {"unknown"}:
        raise Problem(f"Payments that nobody knows were answered {sorted(set(outcomes))}.")


async def _order(shop: Shop, act: Act) -> str:
    order_id = id_for("ord", act.buyer, act.key)
    placed = await shop.place(replace(act, twice=False), order_id)
    if placed.status != "confirmed":
        raise Problem(f"An order that should be confirmed was answered {placed}.")
    return (await shop.pay(act, order_id, placed.body["total_fen"])).what


async def _poison(running: Running, seed: int) -> None:
    chance, producer = Random(seed), Producer(running.stage.kafka, "chaos")
    records = [
        Record(ORDER_INBOX, chance.randrange(PARTITIONS[ORDER_INBOX]), key or b"", value or b"", headers)
        for key, value, headers in (KINDS[name](chance) for name in POISON * TIMES)
    ]
    await publish(producer, running.stage.kafka, records)
    await producer.stop()


async def _dead_letters(running: Running, at_least: int) -> int:
    """How many there are, once there are so many."""
    tp = TopicPartition(dlq_of(ORDER_INBOX), 0)
    async with consumer(running.stage.kafka) as client, asyncio.timeout(WITHIN_S):
        while True:
            count = int((await client.end_offsets([tp]))[tp])
            if count >= at_least:
                return count
            await asyncio.sleep(0.2)


async def _headwater(running: Running, *args: str) -> Any:
    """What the command prints as JSON, on this platform."""
    env: Mapping[str, str] = {**os.environ, "HEADWATER_HOME": str(running.stage.home.root)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "headwater_cli.main", *args, env=env,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    if process.returncode:
        raise Problem(f"headwater {' '.join(args)} failed.", err.decode()[-2000:])
    return json.loads(out.splitlines()[-1])
