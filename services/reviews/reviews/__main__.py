"""`python -m reviews`: run the service until SIGTERM."""

from headwater.service import run
from reviews.app import build
from reviews.settings import Settings

run(build, Settings)
