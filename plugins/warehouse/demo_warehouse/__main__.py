"""`python -m demo_warehouse`: play the warehouses that HEADWATER_WAREHOUSES names, until SIGTERM."""

import asyncio

from demo_warehouse.app import Settings, connect
from headwater.sdk import run

if __name__ == "__main__":
    settings = Settings()
    asyncio.run(run(*(connect(warehouse_id, settings) for warehouse_id in settings.warehouses)))
