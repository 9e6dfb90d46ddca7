"""Full disks and wrong clocks, for one process: a library in front of libc, and the file that tells it what to do."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from hashlib import sha256
from pathlib import Path

from headwater_cli.home import cache, locked
from headwater_cli.problem import Problem

SOURCE = Path(__file__).with_suffix(".c")
COMPILERS = ("cc", "gcc", "clang")
VARIABLE = "HEADWATER_CHAOS_CONTROL"


def compiled() -> Path | None:
    """The library, compiled once per source and user; None without a C compiler."""
    compiler = next((found for name in COMPILERS if (found := shutil.which(name))), None)
    if compiler is None:
        return None
    library = cache() / f"preload-{sha256(SOURCE.read_bytes()).hexdigest()[:12]}.so"
    with locked(library.with_suffix(".lock")):
        if not library.exists():
            unfinished = library.with_suffix(".new")
            argv = [compiler, "-shared", "-fPIC", "-O2", "-o", str(unfinished), str(SOURCE), "-ldl"]
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Problem(f"{SOURCE.name} could not be compiled.", done.stderr[-2000:])
            unfinished.rename(library)
    return library


class Control:
    """What one process sees of clock and disk."""

    def __init__(self, path: Path, library: Path) -> None:
        self._path = path
        self._library = library
        path.write_bytes(bytes(16))

    def env(self) -> dict[str, str]:
        """The environment of the process."""
        return {"LD_PRELOAD": str(self._library), VARIABLE: str(self._path)}

    def set(self, clock_off_s: int = 0, disk_full: bool = False) -> None:
        """From now on its clock is off by so many seconds, and its disk full or not."""
        handle = os.open(self._path, os.O_WRONLY)  # the same file, which the process has mapped
        try:
            os.pwrite(handle, struct.pack("<qq", clock_off_s, disk_full), 0)
        finally:
            os.close(handle)
