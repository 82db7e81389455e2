"""A new inventory of a chain in which something has changed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from homeassistant.core import HomeAssistant

from custom_components.testo_smart_connect.clouds.count import RowCount
from custom_components.testo_smart_connect.clouds.jobs import rows
from custom_components.testo_smart_connect.coordinators.inventory import InventoryCoordinator
from custom_components.testo_smart_connect.monitoring.register import DeviceRegister

from .chain import Chain, write
from .house import NOW, Loop, add, fill, home, serving, settle

_SHARE = 10
"""One of so many loggers has another name in each inventory."""
_ROUNDS = 3


async def measure(loggers: int) -> dict[str, float]:
    """Return the seconds of a register, and the longest hold of the loop by a changed inventory."""
    chain = Chain(loggers)
    with TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, chain, NOW)
        async with serving(folder) as base_url, home() as hass:
            hold = await _changes(hass, base_url, chain, folder)
    return {
        "loggers": float(loggers),
        "roster": _roster(chain),
        "little_roster": _roster(Chain(loggers // 10)),
        "hold": hold,
    }


def _roster(chain: Chain) -> float:
    """Return the CPU seconds in which an answer that lacks a tenth becomes the register."""
    full = rows.inventory(chain.properties(), RowCount())
    known = DeviceRegister().update(full, complete=True)
    lacking = replace(full, devices=full.devices[len(full.devices) // _SHARE :])
    seconds = []
    for _ in range(_ROUNDS):
        begun = process_time()
        known.update(lacking, complete=True)
        seconds.append(process_time() - begun)
    return min(seconds)


async def _changes(hass: HomeAssistant, base_url: str, chain: Chain, folder: Path) -> float:
    entry = await add(hass, base_url)
    # From inside: one read is measured, without the clock that asks for it.
    cycle = InventoryCoordinator(entry.runtime_data, "inventory", timedelta(hours=12))
    loop = Loop()
    for number in range(_ROUNDS):
        write(
            folder / "v3-devices-properties.gz",
            (
                {**row, "device_display_name": f"{row['device_display_name']} {number}"}
                if place % (4 * _SHARE) < 4
                else row
                for place, row in enumerate(chain.properties())
            ),
        )
        with loop.watched():
            await cycle.async_refresh()
            await settle(hass)
        assert cycle.last_update_success
    return loop.hold
