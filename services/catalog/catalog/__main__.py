"""`python -m catalog`: run the service until SIGTERM."""

from catalog.app import build
from headwater.service import run
from headwater.settings import ServiceSettings

run(build, ServiceSettings)
