"""One short round of chaos on the whole platform; `make chaos` runs many long ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(600)
WITHIN_S = 500
END_S = 60


def chaos(folder: Path, *args: str) -> tuple[int, dict[str, Any], str]:
    """Run the command; its exit code, its report, and what it said meanwhile. What it leaves lies in the folder."""
    argv = [sys.executable, "-m", "headwater_cli.main", "chaos", *args, "--json"]
    env = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            out, err = process.communicate(timeout=WITHIN_S)
        except subprocess.TimeoutExpired:
            process.terminate()  # it ends all that it started
            out, err = process.communicate(timeout=END_S)
    return process.returncode, json.loads(out.splitlines()[-1]), err


def test_nothing_is_lost_or_doubled_while_processes_die_and_links_break(tmp_path: Path) -> None:
    code, report, said = chaos(tmp_path, "--seconds", "25", "--seed", "39")
    assert (report["violations"], report["findings"], code) == (0, [], 0), said
    assert (report["name"], report["seed"], report["rounds"]) == ("chaos", 39, 1)
    least = {"kill": 2, "freeze": 1, "cut": 1, "poison": 1}
    assert all(report["faults"][kind] >= count for kind, count in least.items())
    assert sum(report["orders"].values()) >= 100
    assert report["orders"].keys() <= {"completed", "cancelled", "expired", "refused"}
    assert report["recovery_ms"]["p99"] >= report["recovery_ms"]["p50"] > 0
    assert not list(tmp_path.glob("headwater-chaos-*")), "a clean round leaves nothing behind"
