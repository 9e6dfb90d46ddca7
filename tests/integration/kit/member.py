"""`python -m tests.integration.kit.member toy`: one member of a service of this folder, as a process to be killed."""

import sys
from importlib import import_module

from headwater.service import run
from headwater.settings import ServiceSettings

run(import_module(f"tests.integration.kit.{sys.argv[1]}").build, ServiceSettings)
