"""Another customer's small cloud: `python -m tests.e2e.second_cloud KIND`."""

import asyncio
import sys

from tests.simulator import (
    Faults,
    Fleet,
    Kind,
    Pushing,
    RealClock,
    Saveris2Simulator,
    SaverisDataSimulator,
    Simulator,
    band,
)

CUSTOMER = "Beispiel Labor AG"
SITES = ("Labor Zürich", "Lager Genf")
KEY = "second-key"
TENANTS = {
    "smart_connect": "7d1f6f5e-2b0a-4c55-9a37-5f3f0f6a9c02",
    "saveris_2": "5a1cf0de-33a8-4d0e-a7be-0d6d3d1f6a02",
    "saveris_data": "0b7d2d4c-5d0e-4a86-8a55-3f4b1f0f6a02",
}
USER, PASSWORD = "second.user@example.com", "second-password"


def _fleet(kind: str) -> Fleet:
    fleet = Fleet(RealClock(), tenant_uuid=TENANTS[kind])
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


async def _run(kind: str) -> None:
    faults = Faults()
    faults.run_time = 1
    simulator: Simulator | SaverisDataSimulator | Saveris2Simulator
    if kind == "saveris_2":
        # Both clouds have the same loggers.
        fleet = _fleet(kind)
        simulator = Saveris2Simulator(fleet)
        successor = Simulator(fleet, faults=faults, keys=[KEY])
        await successor.start()
        sys.stdout.write(f"{successor.base_url} {simulator.token}\n")
    elif kind == "smart_connect":
        simulator = Simulator(_fleet(kind), faults=faults, keys=[KEY])
    else:
        simulator = SaverisDataSimulator(_fleet(kind), faults=faults, users={USER: PASSWORD})
        Pushing(simulator)
    await simulator.start()
    sys.stdout.write(f"{simulator.base_url}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1]))
