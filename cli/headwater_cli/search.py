"""`headwater search`: what an operator does about the catalog's search index."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from headwater.commands import Commands
from headwater.contracts.base import new_id
from headwater.contracts.catalog import RebuildSearch
from headwater.producer import PublishFailed
from headwater.settings import ServiceSettings
from headwater_cli.platform import addresses
from headwater_cli.problem import Problem, told

commands = typer.Typer(no_args_is_help=True, help="The catalog's search index.")


@commands.callback()
def _group() -> None:
    """There may be more than one of these."""


@commands.command()
def rebuild(
    reason: Annotated[str, typer.Option(help="Why, for the logs of the catalog.")] = "",
) -> None:
    """Have every catalog process build its index anew from what is stored. The old one answers until then."""
    with told(Console(stderr=True)):
        found = addresses()
        try:
            asyncio.run(_ask(found.kafka, RebuildSearch(request_id=new_id("reb"), reason=reason)))
        except PublishFailed as failed:
            raise Problem("Nobody was asked to rebuild.", f"{failed}. See: headwater status") from failed
    ready = f"http://127.0.0.1:{found.ports['catalog-http']}/readyz"
    Console().print(f"Asked for. {ready} tells how far it is, and each answer of a search says `rebuilding`.")


async def _ask(kafka: str, request: RebuildSearch) -> None:
    async with Commands(ServiceSettings(kafka=kafka), "operator") as commands:
        await commands.tell(request)
