"""Another customer's small cloud: `python -m tests.e2e.second_cloud`."""

import asyncio
import sys

from tests.simulator import Faults, Fleet, Kind, RealClock, Simulator, band

CUSTOMER = "Beispiel Labor AG"
SITES = ("Labor Zürich", "Lager Genf")
KEY = "second-key"


def _fleet() -> Fleet:
    fleet = Fleet(RealClock(), tenant_uuid="7d1f6f5e-2b0a-4c55-9a37-5f3f0f6a9c02")
    fleet.customer = CUSTOMER
    limits = band("Temperature", alarm=(2.0, 8.0))
    laboratory, store = (fleet.add_site(name) for name in SITES)
    fleet.add_logger(laboratory, "Brutschrank", kind=Kind.CLIMATE, serial="80000001")
    fleet.add_logger(
        store,
        "Kühllager",
        kind=Kind.PRODUCT,
        serial="80000002",
        limits=limits,
    )
    return fleet


async def _run() -> None:
    faults = Faults()
    faults.run_time = 1
    simulator = Simulator(_fleet(), faults=faults, keys=[KEY])
    await simulator.start()
    sys.stdout.write(f"{simulator.base_url}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_run())
