"""`python -m logistics`: run the service until SIGTERM."""

from headwater.service import run
from logistics.app import build
from logistics.settings import Settings

run(build, Settings)
