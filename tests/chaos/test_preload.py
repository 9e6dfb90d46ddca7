"""A process whose clock is an hour off and whose disk is full, as the library in front of libc makes it believe."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from headwater_proof.chaos.preload import Control, compiled

LIBRARY = compiled()
pytestmark = pytest.mark.skipif(LIBRARY is None, reason="there is no C compiler")
LOOK = """
import os, sys, time
print(int(time.time()), int(time.monotonic()))
handle = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)
for attempt in (lambda: os.write(handle, b"x"), lambda: os.pwrite(handle, b"x", 0), lambda: os.ftruncate(handle, 9)):
    try:
        attempt()
        print("done")
    except OSError as error:
        print(error.strerror)
"""


def seen(control: Control, folder: Path) -> list[str]:
    env = {**os.environ, **control.env()}
    argv = [sys.executable, "-c", LOOK, str(folder / "file")]
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout.split("\n")


@pytest.fixture
def control(tmp_path: Path) -> Control:
    assert LIBRARY is not None
    return Control(tmp_path / "control", LIBRARY)


def test_a_process_that_is_left_alone_sees_the_world_as_it_is(control: Control, tmp_path: Path) -> None:
    clocks, *outcomes = seen(control, tmp_path)
    assert abs(int(clocks.split()[0]) - time.time()) < 10
    assert outcomes[:3] == ["done"] * 3


@pytest.mark.parametrize("off", [3600, -3600])
def test_a_stepped_clock_is_off_and_time_still_passes_evenly(control: Control, tmp_path: Path, off: int) -> None:
    control.set(clock_off_s=off)
    wall, monotonic = map(int, seen(control, tmp_path)[0].split())
    assert abs(wall - time.time() - off) < 10
    assert abs(monotonic - time.monotonic()) < 10


def test_a_full_disk_takes_no_bytes_and_the_output_still_goes_out(control: Control, tmp_path: Path) -> None:
    control.set(disk_full=True)
    assert seen(control, tmp_path)[1:4] == ["No space left on device"] * 3
