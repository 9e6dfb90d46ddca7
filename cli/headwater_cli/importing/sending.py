"""Sends the offers of a file to the catalog, so many at a time, and remembers how far it came."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from headwater.commands import Commands
from headwater.contracts.base import Refused
from headwater.producer import PublishFailed
from headwater_cli.importing.offers import Candidate, Refusal
from headwater_cli.problem import Problem

AT_ONCE = 500
ANSWER_WITHIN_S = 10.0
TRIES = 6
SAVE_EVERY = 1000
GOES_ON = "What was settled is kept: the same command goes on from there."


@dataclass(slots=True)
class Tally:
    """What came of the offers so far."""

    listed: int = 0
    skus: int = 0
    refused: int = 0
    skipped: int = 0
    """Those that an earlier run had settled."""


@dataclass(slots=True)
class Place:
    """How many offers of a file are settled: done, or refused and reported. It survives the process."""

    path: Path
    settled: int = 0

    @classmethod
    def of(cls, folder: Path, file: Path, how: str) -> Place:
        """The place in this file, as it is now; another file, or a changed one, has another place."""
        seen = file.stat()
        name = f"{file.resolve()} {seen.st_size} {seen.st_mtime_ns} {how}"
        path = folder / f"{blake2b(name.encode(), digest_size=12).hexdigest()}.json"
        try:
            return cls(path, int(json.loads(path.read_text())["settled"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls(path)

    def save(self) -> None:
        """Remember it, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".new")
        unfinished.write_text(json.dumps({"settled": self.settled}))
        unfinished.replace(self.path)

    def forget(self) -> None:
        """The file is through: the next run begins anew, which changes nothing that is listed already."""
        self.path.unlink(missing_ok=True)


@dataclass(slots=True)
class Import:
    """One run over a file."""

    place: Place
    refuse: Callable[[Refusal], None]
    """Reports a refusal; it is kept when this returns."""
    progress: Callable[[Candidate], None]
    tally: Tally = field(default_factory=Tally)

    async def run(self, commands: Commands, found: Iterator[Candidate]) -> None:
        """Send all, in the order of the file. Raises `Problem` when the catalog does not answer."""
        for _ in range(self.place.settled):
            if next(found, None) is None:
                break
            self.tally.skipped += 1
        under_way: deque[tuple[Candidate, asyncio.Task[Refused | None]]] = deque()
        try:
            for candidate in found:
                under_way.append((candidate, asyncio.create_task(_sent(commands, candidate))))
                if len(under_way) >= AT_ONCE:
                    await self._settle(*under_way.popleft())
            while under_way:
                await self._settle(*under_way.popleft())
        finally:
            for _, task in under_way:
                task.cancel()
            self.place.save()

    async def _settle(self, candidate: Candidate, task: asyncio.Task[Refused | None]) -> None:
        """Wait for the oldest: what is settled is always the beginning of the file."""
        answer = await task
        for refusal in candidate.refusals:
            self.refuse(refusal)
        if answer is not None:
            self.refuse(Refusal(candidate.line, candidate.offer_id, answer.code, answer.detail))
        if answer is None and candidate.command is not None:
            self.tally.listed += 1
            self.tally.skus += len(candidate.command.skus)
        else:
            self.tally.refused += 1
        self.place.settled += 1
        if self.place.settled % SAVE_EVERY == 0:
            self.place.save()
        self.progress(candidate)


async def _sent(commands: Commands, candidate: Candidate) -> Refused | None:
    """The catalog's refusal; None when it is done, or was not sent since it is refused here."""
    if candidate.command is None:
        return None
    for _ in range(TRIES):
        try:
            reply = await commands.ask(candidate.command, ANSWER_WITHIN_S)
        except PublishFailed:
            await asyncio.sleep(1)
            continue
        if reply is not None:
            return reply if isinstance(reply, Refused) else None
    raise Problem(
        f"The catalog has not answered for offer {candidate.offer_id} of line {candidate.line}.",
        f"See `headwater status`. {GOES_ON}",
    )
