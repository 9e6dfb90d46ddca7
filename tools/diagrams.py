"""Draws the states of each aggregate into services/<name>/STATES.md, from its rules."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from headwater_proof.states.explore import drawn, explore, refusals
from headwater_proof.states.worlds import WORLDS

ROOT = Path(__file__).parent.parent
HEAD = """# States of the {service} service

Drawn by `make diagrams` from the rules in `{service}/domain`: every message was given in every state within reach
([how](../../proof/headwater_proof/states/__init__.py)). A message that is not on an arrow changes no status there.
"""


def pages() -> dict[Path, str]:
    """The pages by where they belong."""
    found: defaultdict[Path, list[str]] = defaultdict(list)
    for world in WORLDS:
        page = found[ROOT / "services" / world.service / "STATES.md"]
        if not page:
            page.append(HEAD.format(service=world.service))
        seen = explore(world)
        page.append(f"## {world.aggregate}\n\n```mermaid\n{drawn(seen)}\n```\n")
        page.append(refusals(seen) + "\n" if seen.refusals else "")
    return {path: "\n".join(filter(None, parts)) for path, parts in found.items()}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
