"""The store without a container: `mongod` as a replica set of one, or SecantusDB's server, built once with cargo."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from headwater_cli.home import Home
from headwater_cli.infra.artifact import artifact, run_logged
from headwater_cli.infra.tools import CARGO, CMAKE, COMPILER, Say, need
from headwater_cli.ports import LOOPBACK, Port
from headwater_cli.supervisor import Program, log_of

VERSION = "0.5.3-beta.196"
CRATE = "secantus-mdb"
BINARY = "secantusd-rs"
CRATES = 210
"""How many crates a build compiles, to show how far it is."""
ALREADY_INITIALIZED = 23


def store(home: Home, port: int, say: Say) -> Program:
    """The server, found or built, ready to be started. Its data stays in `data/<server>`: the two formats differ."""
    server = prepare(home, say)
    is_mongod = server.name == "mongod"
    argv = _mongod(home, server, port) if is_mongod else _secantus(home, server, port)
    uri = uri_of(f"{LOOPBACK}:{port}")
    return Program(
        name="store",
        argv=argv,
        ready=lambda: answers(uri, initiate=is_mongod),
        address=uri,
        ports=(Port(port, "HEADWATER_STORE_PORT"),),
    )


def prepare(home: Home, say: Say) -> Path:
    """The server's program: `mongod` from the PATH, else SecantusDB's, built if it is not in the cache."""
    mongod = shutil.which("mongod")
    if mongod:
        return Path(mongod)
    return artifact(home, "store", VERSION, lambda target: _build(target, home, say), say) / "bin" / BINARY


def uri_of(address: str) -> str:
    """A direct connection: the set's own idea of its host name does not matter, transactions work all the same."""
    return f"mongodb://{address}/?directConnection=true"


def answers(uri: str, initiate: bool = False) -> bool:
    """Whether a server answers there and takes writes; a fresh `mongod` is made a replica set of one first."""
    client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=1000, connectTimeoutMS=1000)
    try:
        hello = client.admin.command("hello")
        if initiate and "setName" not in hello:
            member = {"_id": 0, "host": uri.removeprefix("mongodb://").partition("/")[0]}
            client.admin.command("replSetInitiate", {"_id": "headwater", "members": [member]})
        return bool(hello.get("isWritablePrimary"))
    except OperationFailure as failure:
        return failure.code == ALREADY_INITIALIZED
    except PyMongoError:
        return False
    finally:
        client.close()


def _mongod(home: Home, mongod: Path, port: int) -> list[str]:
    data = home.data / "mongod"
    data.mkdir(exist_ok=True)
    return [str(mongod), "--replSet", "headwater", "--bind_ip", LOOPBACK, "--port", str(port),
            "--dbpath", str(data), "--wiredTigerCacheSizeGB", "0.5"]  # fmt: skip


def _secantus(home: Home, server: Path, port: int) -> list[str]:
    # A config file of ours, empty, keeps the server from reading one in the user's folders.
    config = home.run / "store.toml"
    config.touch()
    # Without --sync-on-commit a SIGKILL loses acknowledged writes.
    return [str(server), "--config", str(config), "--host", LOOPBACK, "--port", str(port),
            "--storage-path", str(home.data / "secantus"), "--sync-on-commit", "--cache-size", "512M",
            "--log-level", "WARNING"]  # fmt: skip


def _build(target: Path, home: Home, say: Say) -> None:
    for tool in (COMPILER, CMAKE):
        need(tool, say)
    cargo = need(CARGO, say)
    started, compiled = time.monotonic(), 0

    def tell(line: str) -> None:
        nonlocal compiled
        crate = re.match(r"Compiling (\S+)", line)
        if crate:
            compiled += 1
            minutes, seconds = divmod(int(time.monotonic() - started), 60)
            say(f"building, about 5 min, once: {min(compiled, CRATES)}/{CRATES} {crate[1]} ({minutes}:{seconds:02})")

    say("fetching the store's sources")
    run_logged(
        [cargo, "install", CRATE, "--version", VERSION, "--ignore-rust-version", "--locked", "--color", "never",
         "--root", str(target)],
        log_of(home, "store-build"), tell,
    )  # fmt: skip
