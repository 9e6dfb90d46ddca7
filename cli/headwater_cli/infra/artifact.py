"""Fetches or builds a binary once per version and user, however many `up` run at the same time."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from headwater_cli.home import Home, cache, locked
from headwater_cli.infra.tools import Say
from headwater_cli.problem import Problem

Build = Callable[[Path], None]
"""Fills an empty folder."""


def artifact(home: Home, name: str, version: str, build: Build, say: Say) -> Path:
    """The folder `<cache>/<name>-<version>`, built if it is not there yet and linked as `.headwater/bin/<name>`.

    It is built under another name and renamed when whole, so a folder that is there is complete.
    """
    folder = cache() / f"{name}-{version}"
    if not folder.exists():
        with locked(cache() / f"{name}-{version}.lock", lambda: say("waiting: another process is building it")):
            if not folder.exists():
                _build(folder, build)
    with tempfile.TemporaryDirectory(dir=home.bin) as aside:
        link = Path(aside) / name
        link.symlink_to(folder)
        link.replace(home.bin / name)
    return folder


def _build(folder: Path, build: Build) -> None:
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    build(unfinished)
    unfinished.rename(folder)


def run_logged(argv: Sequence[str], log: Path, on_line: Callable[[str], None]) -> None:
    """Runs a build step; each line goes to the log and to `on_line`. A failure is a Problem with the last lines."""
    with log.open("w") as out:
        child = subprocess.Popen(
            list(argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert child.stdout is not None
        try:
            for line in child.stdout:
                out.write(line)
                on_line(line.strip())
        except BaseException:
            child.terminate()
            raise
        code = child.wait()
    if code:
        tail = "\n".join(f"  {line}" for line in log.read_text().splitlines()[-15:])
        raise Problem(f"`{argv[0]}` ended with code {code}.", f"{tail}\nThe whole log: {log}")
