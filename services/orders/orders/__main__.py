"""`python -m orders`: run the service until SIGTERM."""

from headwater.service import run
from orders.app import build
from orders.settings import Settings

run(build, Settings)
