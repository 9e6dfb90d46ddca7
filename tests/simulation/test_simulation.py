"""The simulation, in short: runs hold, a seed is the same run again, and every planted bug is caught."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "planted-bugs.md"
"""Where each bug was seen last. Should a change of the rules have it show elsewhere, it is looked for."""


def simulate(*args: str) -> subprocess.CompletedProcess[str]:
    """Run `headwater simulate`."""
    command = [sys.executable, "-m", "headwater_cli.main", "simulate", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


def figures(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What it printed last."""
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.timeout(1800)
def test_the_road_holds_in_a_hundred_runs() -> None:
    done = simulate("--seeds", "100", "--from", "100000", "--json")
    assert done.returncode == 0, done.stderr[-4000:]
    found = figures(done)
    assert (found["violations"], found["seeds"]) == (0, 100)
    assert found["messages"] > 20_000, "something happened in them"


@pytest.mark.timeout(1800)
def test_every_planted_bug_is_caught() -> None:
    done = simulate("--bug", "all", "--known", str(PAGE), "--seeds", "450", "--json")
    found = figures(done)
    missed = [name for name, catch in found["caught"].items() if catch["seed"] is None]
    assert (missed, done.returncode, found["bugs"] >= 20) == ([], 0, True)


def test_a_seed_is_the_same_run_again() -> None:
    first, again, other = simulate("--seed", "8"), simulate("--seed", "8"), simulate("--seed", "9")
    assert first.stdout == again.stdout
    assert first.stdout.splitlines()[-2] != other.stdout.splitlines()[-2], "the digests differ"


def test_a_failing_run_is_shrunk_to_what_makes_it_fail() -> None:
    done = simulate("--seed", "3", "--bug", "pay-twice")
    assert done.returncode == 1
    assert "replay" in done.stderr, "the rule that is broken is named: the second payment's letter is dead"
    orders = [line for line in done.stdout.splitlines() if "order" in line and "plot" in line]
    assert len(orders) == 1, done.stdout
    assert "pay twice" in orders[0]


def test_an_unknown_bug_is_refused_by_name() -> None:
    done = simulate("--bug", "gremlins")
    assert (done.returncode, "There is no bug gremlins" in done.stderr) == (1, True)
