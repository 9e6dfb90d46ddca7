"""`python -m catalog`: run the service until SIGTERM."""

from catalog.app import build
from catalog.settings import Settings
from headwater.service import run

run(build, Settings)
