"""`python -m tests.integration.kit.member`: one member of the toy service, as a process that can be killed."""

from headwater.service import run
from headwater.settings import ServiceSettings
from tests.integration.kit.toy import build

run(build, ServiceSettings)
