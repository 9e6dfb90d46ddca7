"""`python -m demo_carrier`: play the carriers that HEADWATER_CARRIERS names, until SIGTERM."""

import asyncio

from demo_carrier.app import Settings, connect
from headwater.sdk import run

if __name__ == "__main__":
    settings = Settings()
    asyncio.run(run(*(connect(carrier_id, settings) for carrier_id in settings.carriers)))
