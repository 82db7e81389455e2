"""Another customer's small cloud: `python -m tests.e2e.second_cloud KIND`."""

import asyncio
from datetime import timedelta
import sys

from tests.simulator import (
    Faults,
    Fleet,
    Kind,
    ManagementSimulator,
    Pushing,
    RealClock,
    Saveris2Simulator,
    SaverisDataSimulator,
    SensoristSimulator,
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
    "sensorist": "3c9e1f5a-7a0e-4f86-9a55-1f4b1f0f6a02",
}
GATEWAY, COLD_ROOM = "Gateway Genf", "Kælder rum 2"
"""Of Sensorist."""
NEW_NAME, NEW_SERIAL = "Impfstoffe", "80000003"
"""Of the logger that joins when the settings of loggers can be changed."""
_ON_ITS_WAY = 5.0
"""Seconds from the connect key to its first contact."""
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


def _sensorist() -> SensoristSimulator:
    """Return a cold room that is too warm, which a user of the cloud wants to be told."""
    clock = RealClock()
    fleet = Fleet(clock, tenant_uuid=TENANTS["sensorist"])
    gateway = fleet.add_gateway(fleet.add_site(SITES[1]), GATEWAY)
    room = gateway.add_radio_sensor(COLD_ROOM, kind=Kind.CLIMATE).channels[0]
    room.hold(clock.now() - timedelta(hours=2), clock.now() + timedelta(days=1), 12.5)
    simulator = SensoristSimulator(fleet, users={USER: PASSWORD})
    simulator.odd.without_loggers = True
    simulator.add_alarm(room, "above", 8.0, since=clock.now() - timedelta(days=1))
    return simulator


async def _join(management: ManagementSimulator) -> None:
    """Let a new logger join the site whose connect key somebody has read."""
    while not management.connect_keys:  # noqa: ASYNC110  nobody tells when they are read
        await asyncio.sleep(0.2)
    await asyncio.sleep(_ON_ITS_WAY)
    fleet = management.fleet
    (site,) = (it for it in fleet.sites if it.id in management.connect_keys)
    now = fleet.clock.now()
    fleet.add_logger(site, NEW_NAME, kind=Kind.CLIMATE, serial=NEW_SERIAL, since=now)


async def _run(kind: str) -> None:
    faults = Faults()
    faults.run_time = 1
    joining: asyncio.Task[None] | None = None
    simulator: Simulator | SaverisDataSimulator | Saveris2Simulator | SensoristSimulator
    if kind == "saveris_2":
        # Both clouds have the same loggers.
        fleet = _fleet(kind)
        simulator = Saveris2Simulator(fleet)
        successor = Simulator(fleet, faults=faults, keys=[KEY])
        await successor.start()
        sys.stdout.write(f"{successor.base_url} {simulator.token}\n")
    elif kind == "sensorist":
        simulator = _sensorist()
    elif kind == "settings":
        fleet = _fleet("smart_connect")
        simulator = Simulator(fleet, faults=faults, keys=[KEY])
        management = ManagementSimulator(fleet, users={USER: PASSWORD})
        await management.start()
        joining = asyncio.create_task(_join(management))
        sys.stdout.write(f"{management.base_url}\n")
    elif kind == "smart_connect":
        simulator = Simulator(_fleet(kind), faults=faults, keys=[KEY])
    else:
        simulator = SaverisDataSimulator(_fleet(kind), faults=faults, users={USER: PASSWORD})
        Pushing(simulator)
    await simulator.start()
    sys.stdout.write(f"{simulator.base_url}\n")
    sys.stdout.flush()
    if joining is not None:
        await joining
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1]))
