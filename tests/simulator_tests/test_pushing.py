"""A Saveris Data cloud that runs by itself pushes what its feed shows, once."""

from datetime import timedelta

import pytest

from tests.simulator import Fleet, Kind, ManualClock, Pushing, SaverisDataSimulator, band

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("step", [MINUTE, 7 * MINUTE, timedelta(hours=3)])
def test_each_alarm_is_pushed_once(clock: ManualClock, step: timedelta) -> None:
    """However often somebody looks."""
    fleet = Fleet(clock)
    limits = band("Temperature", alarm=(2.0, 8.0))
    logger = fleet.add_logger(
        fleet.add_site("Köln"), "Kühlschrank", kind=Kind.TEMPERATURE, limits=limits
    )
    begun = clock.now()
    logger.sensors[0].channels[0].hold(begun + timedelta(hours=1), begun + timedelta(hours=2), 12.0)
    cloud = SaverisDataSimulator(fleet, users={"ann": "a", "bob": "b"})
    pushing = Pushing(cloud)
    pushed = 0
    while clock.now() < begun + timedelta(hours=6):
        before = clock.now()
        clock.advance(step)
        pushed += pushing.push(before, clock.now())
    assert pushed == 2
    assert pushing.broker.waiting("ann", "alarms") == 2
    assert pushing.broker.waiting("bob", "alarms") == 2
