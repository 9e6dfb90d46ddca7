"""The tools that the embedded parts are made with: found, installed where the platform allows it, or named."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from headwater_cli.problem import Problem

Say = Callable[[str], None]
"""Takes one line of progress."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that must be on the PATH, at least in this major version (or `1.85`)."""

    command: str
    why: str
    debian: tuple[str, ...]
    """The Debian packages that bring it."""
    otherwise: str
    """What a person types where we cannot install it."""
    version_args: tuple[str, ...] = ("--version",)
    at_least: tuple[int, ...] = ()


JAVA = Tool(
    "java", "Kafka runs on Java 17 or newer", ("default-jre-headless",),
    "sudo apt-get install default-jre-headless    (macOS: brew install openjdk@17)", ("-version",), (17,),
)  # fmt: skip
MAVEN = Tool(
    "mvn", "Maven fetches Kafka", ("maven",),
    "sudo apt-get install maven    (macOS: brew install maven)",
)  # fmt: skip
COMPILER = Tool(
    "cc", "the store is compiled once", ("build-essential",),
    "sudo apt-get install build-essential    (macOS: xcode-select --install)",
)  # fmt: skip
CMAKE = Tool(
    "cmake", "the store is compiled once", ("cmake",),
    "sudo apt-get install cmake    (macOS: brew install cmake)",
)  # fmt: skip
CARGO = Tool(
    "cargo", "the store is compiled once with Rust 1.85 or newer; a `mongod` on the PATH spares that",
    ("cargo",), "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh", at_least=(1, 85),
)  # fmt: skip

_ONE_AT_A_TIME = Lock()


def need(tool: Tool, say: Say) -> str:
    """The tool's path. Installs it first, if we may; raises a Problem with the command that does, if not."""
    if not present(tool):
        _install(tool, say)
    if not present(tool):
        wanted = ".".join(map(str, tool.at_least))
        found = shutil.which(tool.command)
        have = f"{found} is older than {wanted}" if found else f"{tool.command} is missing"
        raise Problem(f"{have}: {tool.why}.", f"Install it with: {tool.otherwise}")
    return str(shutil.which(tool.command))


def present(tool: Tool) -> bool:
    """Whether it is on the PATH in a version that will do."""
    path = shutil.which(tool.command)
    if path is None or not tool.at_least:
        return path is not None
    told = subprocess.run([path, *tool.version_args], capture_output=True, text=True, check=False)
    return version_in(told.stdout + told.stderr) >= tool.at_least


def version_in(text: str) -> tuple[int, ...]:
    """The first version number in what a tool says of itself: `openjdk version "17.0.15"` is (17, 0, 15)."""
    found = re.search(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _install(tool: Tool, say: Say) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    # Kafka and the store are prepared side by side, and apt-get wants to be alone.
    with _ONE_AT_A_TIME:
        say(f"installing {' '.join(tool.debian)}")
        for command in (["update", "-qq"], ["install", "-y", "-qq", *tool.debian]):
            env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["apt-get", *command], env=env, capture_output=True, check=False)
