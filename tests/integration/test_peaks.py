"""How far an excursion went: told once it is over."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.testo_smart_connect.account import peaks
from custom_components.testo_smart_connect.history.ledger_file import LedgerError
from tests.integration.conftest import MINUTE, START, World
from tests.simulator import Fleet, Logger, band

HOUR = timedelta(hours=1)


def fridge(fleet: Fleet, *values: float) -> Logger:
    """Return a fridge that measures one value after the other, half an hour each."""
    logger = fleet.add_logger(
        *(fleet.add_site("Köln"), "Kühlschrank"),
        measuring=5 * MINUTE,
        communication=5 * MINUTE,
        limits=band("Temperature", alarm=(2.0, 8.0)),
    )
    channel = logger.sensors[0].channels[0]
    channel.hold(START - 24 * HOUR, START + HOUR, 5.0)
    at = START + HOUR
    for value in values:
        channel.hold(at, at + HOUR / 2, value)
        at += HOUR / 2
    channel.hold(at, at + 48 * HOUR, 5.0)
    return logger


@pytest.mark.parametrize(
    ("values", "peak"), [((9.0, 14.5, 10.0), 14.5), ((1.5, -3.0, 1.0), -3.0), ((9.0,), 9.0)]
)
async def test_the_end_of_an_alarm_tells_its_peak(
    world: World, fleet: Fleet, values: tuple[float, ...], peak: float
) -> None:
    logger = fridge(fleet, *values)
    await world.add_account()
    await world.advance(4 * HOUR)
    raised, cleared = world.events(logger.serial)
    assert (raised["event_type"], cleared["event_type"]) == ("alarm_raised", "alarm_cleared")
    assert "peak" not in raised
    assert cleared["peak"] == pytest.approx(peak)
    assert cleared["duration"] == pytest.approx(len(values) * 1800, abs=600)


async def test_a_system_alarm_has_none(world: World, fleet: Fleet) -> None:
    logger = fridge(fleet)
    await world.add_account()
    logger.low_battery(world.now, world.now + HOUR)
    await world.advance(3 * HOUR)
    cleared = [it for it in world.events(logger.serial) if it["event_type"].endswith("cleared")]
    assert cleared
    assert not any("peak" in it for it in cleared)


async def test_a_disk_that_fails_delays_no_all_clear(
    world: World, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the alarm itself said is known in any case."""

    def broken(*_: Any, **_more: Any) -> Any:
        text = "database disk image is malformed"
        raise LedgerError(text)

    monkeypatch.setattr(peaks, "extreme", broken)
    logger = fridge(fleet, 9.0, 14.5)
    await world.add_account()
    await world.advance(4 * HOUR)
    raised, cleared = world.events(logger.serial)
    assert cleared["event_type"] == "alarm_cleared"
    assert cleared["peak"] == raised["value"]
