"""What an outside team needs to connect a carrier, a warehouse or a payment provider. Read `docs/plugins.md` first.

    carrier = Carrier("demo-express", PluginSettings())

    @carrier.on(CollectParcel)
    async def collect(parcel: CollectParcel, report: Report) -> None:
        await report(ParcelTracked(...))

    carrier.run()

It needs Kafka and nothing else of the platform: no service's code, no database.
"""

from headwater.sdk.partner import Away, Carrier, Partner, PaymentProvider, Report, Reported, Warehouse, event_id
from headwater.sdk.reporting import reporting
from headwater.sdk.running import run
from headwater.sdk.settings import Names, PluginSettings

__all__ = [
    "Away",
    "Carrier",
    "Names",
    "Partner",
    "PaymentProvider",
    "PluginSettings",
    "Report",
    "Reported",
    "Warehouse",
    "event_id",
    "reporting",
    "run",
]
