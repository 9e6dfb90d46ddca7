"""Apache Kafka without a container: jars from Maven, formatted and run in KRaft combined mode."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import string
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from headwater_cli.home import REPOSITORY, Home
from headwater_cli.infra.artifact import artifact, run_logged
from headwater_cli.infra.tools import JAVA, MAVEN, Say, need
from headwater_cli.ports import LOOPBACK, Port
from headwater_cli.problem import Problem
from headwater_cli.supervisor import Program, log_of

DEV = REPOSITORY / "deploy" / "dev"


@dataclass(frozen=True, slots=True)
class Listener:
    """A further door of the broker. Whoever comes in by it is sent to another port: something stands in between."""

    name: str
    """In capitals, as Kafka wants it."""
    port: int
    advertised: int


def kafka(home: Home, port: int, controller_port: int, say: Say, more: Sequence[Listener] = ()) -> Program:
    """The broker, fetched and formatted, ready to be started. Its data stays in `data/kafka`."""
    java, libs = prepare(home, say)
    properties = home.run / "kafka.properties"
    properties.write_text(_properties(home.data / "kafka", port, controller_port, more))
    if not (home.data / "kafka").exists():
        say("formatting its storage")
        _format(home, java, libs, port, controller_port)
    address = f"{LOOPBACK}:{port}"
    heap = os.environ.get("HEADWATER_KAFKA_HEAP", "512m")
    return Program(
        name="kafka",
        argv=[java, f"-Xmx{heap}", *_java_args(libs), "kafka.Kafka", str(properties)],
        ready=lambda: answers(address),
        address=address,
        ports=(Port(port, "HEADWATER_KAFKA_PORT"), Port(controller_port, "HEADWATER_KAFKA_CONTROLLER_PORT")),
    )


def prepare(home: Home, say: Say) -> tuple[str, Path]:
    """Java's path and the folder of Kafka's jars, both installed or fetched if they are missing."""
    java = need(JAVA, say)
    return java, artifact(home, "kafka", _version(), lambda folder: _fetch(folder, home, say), say)


def answers(address: str) -> bool:
    """Whether a broker answers there and is a working member of its cluster."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(asyncio.wait_for(_brokers(address), timeout=5)) > 0
    except (KafkaError, OSError, TimeoutError):
        return False


async def _brokers(address: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=3000)
    try:
        await admin.start()
        return len((await admin.describe_cluster())["brokers"])
    finally:
        await admin.close()


def _version() -> str:
    """The Kafka version and the pom's fingerprint: another pom may mean other jars beside the same Kafka."""
    pom = (DEV / "pom.xml").read_text()
    found = re.search(r"<kafka\.version>(.+)</kafka\.version>", pom)
    assert found, "deploy/dev/pom.xml names the Kafka version"
    return f"{found[1]}-{sha256(pom.encode()).hexdigest()[:8]}"


def _fetch(folder: Path, home: Home, say: Say) -> None:
    maven = need(MAVEN, say)
    say("fetching Kafka's jars (about 43 MB, once)")
    run_logged(
        [maven, "--batch-mode", "--no-transfer-progress", "-Dstyle.color=never", "--file", str(DEV / "pom.xml"),
         "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}"],
        log_of(home, "kafka-fetch"), lambda line: None,
    )  # fmt: skip


def _properties(data: Path, port: int, controller_port: int, more: Sequence[Listener] = ()) -> str:
    template = string.Template((DEV / "server.properties").read_text())
    return template.safe_substitute(
        data=data, port=port, controller_port=controller_port,
        more_listeners="".join(f",{one.name}://{LOOPBACK}:{one.port}" for one in more),
        more_advertised="".join(f",{one.name}://{LOOPBACK}:{one.advertised}" for one in more),
        more_protocols="".join(f",{one.name}:PLAINTEXT" for one in more),
    )  # fmt: skip


def _format(home: Home, java: str, libs: Path, port: int, controller_port: int) -> None:
    """Formats under another name and renames, so that storage which is there is whole."""
    unfinished = home.data / "kafka.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    properties = home.run / "kafka-format.properties"
    properties.write_text(_properties(unfinished, port, controller_port))
    # 16 bytes in base64; the first is fixed, since a name that begins with `-` reads as an option.
    cluster = urlsafe_b64encode(b"h" + os.urandom(15)).decode().rstrip("=")
    done = subprocess.run(
        [java, "-Xmx128m", *_java_args(libs), "kafka.tools.StorageTool", "format",
         "--cluster-id", cluster, "--config", str(properties)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    properties.unlink()
    if done.returncode:
        raise Problem("Kafka's storage could not be formatted.", (done.stdout + done.stderr)[-2000:])
    unfinished.rename(home.data / "kafka")


def _java_args(libs: Path) -> list[str]:
    return ["-Djava.awt.headless=true", f"-Dlog4j2.configurationFile={DEV / 'log4j2.xml'}", "-cp", f"{libs}/*"]
