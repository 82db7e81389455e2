"""A house with a recorder: what its statistics say, and what they should."""

from datetime import UTC, datetime, timedelta

from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.statistics import (
    list_statistic_ids,
    statistics_during_period,
)
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from tests.integration.conftest import MINUTE, World
from tests.simulator import Channel

HOUSE = "sensor.of_the_house"

type Hour = tuple[float, float, float]
"""Mean, minimum and maximum."""


class House:
    """A house with a recorder and another sensor that it compiles."""

    def __init__(self, hass: HomeAssistant, world: World, recorder: Recorder) -> None:
        """Nothing has happened yet."""
        self.hass = hass
        self.world = world
        self._recorder = recorder

    async def to(self, moment: datetime, step: timedelta = 5 * MINUTE) -> None:
        """Let time pass; the recorder keeps up, and so does the other sensor."""
        while self.world.now < moment:
            self.hass.states.async_set(
                HOUSE,
                str(self.world.now.hour),
                {"state_class": "measurement", "unit_of_measurement": "°C"},
            )
            await self.world.to(min(self.world.now + step, moment), step)
            await self.settle()

    async def settle(self) -> None:
        """Wait for the recorder and for what follows from its events."""
        for _ in range(3):
            await async_wait_recording_done(self.hass)
            await self.world.settle()

    async def hours(
        self, entity_id: str, start: datetime, end: datetime, unit: str | None = None
    ) -> dict[datetime, Hour]:
        """Return the statistics of a sensor in the unit that they are stored in, or another."""
        found = await self._recorder.async_add_executor_job(
            lambda: statistics_during_period(
                self.hass,
                start,
                end,
                {entity_id},
                "hour",
                {"temperature": unit} if unit else None,
                {"mean", "min", "max"},
            )
        )
        return {
            datetime.fromtimestamp(row["start"], UTC): (
                float(row["mean"] or 0),
                float(row["min"] or 0),
                float(row["max"] or 0),
            )
            for row in found.get(entity_id, [])
        }

    async def ids(self) -> dict[str, str | None]:
        """Return which statistics there are, and the units that they are stored in."""
        found = await self._recorder.async_add_executor_job(list_statistic_ids, self.hass)
        return {row["statistic_id"]: row["statistics_unit_of_measurement"] for row in found}

    def truth(self, start: datetime, end: datetime, channel: Channel) -> dict[datetime, Hour]:
        """Return what a channel measured."""
        values: dict[datetime, list[float]] = {}
        for it in self.world.fleet.readings(start, end):
            if it.channel is channel and it.value is not None:
                hour = it.at.replace(minute=0, second=0, microsecond=0)
                values.setdefault(hour, []).append(it.value)
        return {
            hour: (sum(found) / len(found), min(found), max(found))
            for hour, found in values.items()
        }


def assert_alike(found: dict[datetime, Hour], truth: dict[datetime, Hour]) -> None:
    """Compare the hours of a sensor with what its channel measured."""
    assert found.keys() == truth.keys()
    for hour, values in truth.items():
        assert found[hour] == pytest.approx(values, abs=1e-6), hour
