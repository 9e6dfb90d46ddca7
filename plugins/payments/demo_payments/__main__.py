"""`python -m demo_payments`: play the payment providers that HEADWATER_PROVIDERS names, until SIGTERM."""

import asyncio

from demo_payments.app import Settings, connect
from headwater.sdk import run

if __name__ == "__main__":
    settings = Settings()
    asyncio.run(run(*(connect(provider_id, settings) for provider_id in settings.providers)))
