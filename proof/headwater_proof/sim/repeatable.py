"""A process in which the same seed is the same run."""

from __future__ import annotations

import os
import subprocess
import sys

HASH_SEED = "PYTHONHASHSEED"
"""Sets are iterated in an order that this decides; without it the same seed would not be the same run."""


def repeatable() -> bool:
    """Whether this process gives the same run for the same seed."""
    return os.environ.get(HASH_SEED) == "0"


def again_repeatable() -> int:
    """Run this very command in a process that is; returns its exit code."""
    return subprocess.call([sys.executable, *sys.orig_argv[1:]], env={**os.environ, HASH_SEED: "0"})
