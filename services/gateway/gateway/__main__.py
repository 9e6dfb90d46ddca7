"""`python -m gateway`: run the gateway until SIGTERM."""

import asyncio

import uvloop

from gateway.app import serve
from gateway.settings import Settings

uvloop.install()
asyncio.run(serve(Settings()))
