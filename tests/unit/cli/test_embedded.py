"""What the embedded parts are made with, and how: found, built once, or named with the command that installs it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from headwater_cli.home import Home
from headwater_cli.infra import artifact, tools
from headwater_cli.infra.tools import Tool, need, version_in
from headwater_cli.problem import Problem


@pytest.mark.parametrize(
    ("told", "version"),
    [('openjdk version "17.0.15" 2025-04-15', (17, 0, 15)), ("cargo 1.95.0 (f2d3ce0bd 2026-03-21)", (1, 95, 0)),
     ('java version "1.8.0_402"', (1, 8, 0)), ("nothing", ())],
)  # fmt: skip
def test_tools_tell_their_version_in_many_ways(told: str, version: tuple[int, ...]) -> None:
    assert version_in(told) == version


@pytest.fixture
def nothing_installs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "_install", lambda tool, say: None)


@pytest.mark.usefixtures("nothing_installs")
def test_a_missing_tool_is_named_with_the_command_that_installs_it() -> None:
    missing = Tool("no-such-java", "Kafka runs on Java 17 or newer", (), "sudo apt-get install openjdk-17-jre-headless")
    with pytest.raises(Problem, match="no-such-java is missing: Kafka runs on Java 17 or newer") as told:
        need(missing, print)
    assert told.value.todo == "Install it with: sudo apt-get install openjdk-17-jre-headless"


@pytest.mark.usefixtures("nothing_installs")
def test_a_tool_that_is_too_old_is_named() -> None:
    with pytest.raises(Problem, match=r"python3 is older than 99\.1: it is written for it\."):
        need(Tool("python3", "it is written for it", (), "…", at_least=(99, 1)), print)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Home(tmp_path / "home")


def test_two_who_need_a_binary_build_it_once(home: Home) -> None:
    built: list[Path] = []
    both_want_it = Barrier(2)

    def build(folder: Path) -> None:
        built.append(folder)
        (folder / "binary").touch()

    def want() -> Path:
        both_want_it.wait()
        return artifact.artifact(home, "thing", "1.0", build, print)

    with ThreadPoolExecutor(2) as pool:
        found = [future.result() for future in [pool.submit(want), pool.submit(want)]]
    assert all((folder / "binary").exists() for folder in found)
    assert len(built) == 1
    assert (home.bin / "thing" / "binary").exists()


def test_a_build_that_fails_leaves_nothing_that_looks_whole(home: Home) -> None:
    def fail(folder: Path) -> None:
        artifact.run_logged(["sh", "-c", "echo no compiler; exit 3"], home.logs / "build.log", lambda line: None)

    with pytest.raises(Problem, match="`sh` ended with code 3") as told:
        artifact.artifact(home, "thing", "1.0", fail, print)
    assert "no compiler" in told.value.todo
    built = artifact.artifact(home, "thing", "1.0", lambda folder: (folder / "binary").touch(), print)
    assert (built / "binary").exists()
