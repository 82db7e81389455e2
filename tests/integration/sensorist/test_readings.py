"""What was measured, and when: by each source's own interval, blanks never, history whole."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE
from tests.simulator import Fleet, Gateway, Kind, RadioSensor
from tests.simulator.spans import Span

from .conftest import MARK, SensoristWorld

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP = 5 * MINUTE


async def test_each_source_is_judged_by_its_own_interval(
    world: SensoristWorld, gateway: Gateway, cellar: RadioSensor
) -> None:
    """A battery is measured every three hours, and is not late for that."""
    await world.add_account()
    battery = world.source(cellar, world.simulator.battery_id(cellar))
    temperature = world.channel(cellar.channels[0])
    for _ in range(24):
        await world.advance(HOUR, step=STEP)
        assert world.value(battery) != "unavailable"
    gateway.outage(world.now)
    await world.advance(2 * HOUR, step=STEP)
    assert world.value(temperature) == "unavailable"
    assert world.value(battery) != "unavailable"
    assert world.value(f"{cellar.serial}{MARK}_connection") == "off"
    assert world.value(f"{gateway.serial}{MARK}_connection") == "off"


@pytest.mark.parametrize("kind", ["blank", "interpolated"])
async def test_what_was_not_measured_is_no_value(
    world: SensoristWorld, cellar: RadioSensor, kind: str
) -> None:
    await world.add_account()
    channel = cellar.channels[0]
    number = world.simulator.source_id(channel)
    last = world.state(world.channel(channel))
    setattr(world.simulator.odd, kind, {number: Span(world.now)})
    await world.advance(30 * MINUTE, step=STEP)
    assert world.state(world.channel(channel)).attributes == last.attributes
    await world.advance(3 * HOUR, step=STEP)
    assert world.value(world.channel(channel)) == "unavailable"


@pytest.mark.parametrize(
    "odd",
    [
        {"page": 3},
        {"page": 3, "next_inside": True},
        {"page": 3, "next_as_text": True},
        {"page": 3, "no_next_at_end": True},
        {"raw_untidy": True},
        {"same_seq": True},
        {"fahrenheit": True},
    ],
    ids=str,
)
async def test_history_is_whole(
    hass: HomeAssistant,
    world: SensoristWorld,
    fleet: Fleet,
    cellar: RadioSensor,
    odd: dict[str, Any],
) -> None:
    for name, value in odd.items():
        setattr(world.simulator.odd, name, value)
    await world.add_account()
    await world.advance(6 * HOUR, step=STEP)
    channel = cellar.channels[0]
    start = world.now - 5 * HOUR
    found = await hass.services.async_call(
        DOMAIN,
        "get_measurements",
        {"start": start.isoformat(), "end": (world.now - HOUR).isoformat()},
        blocking=True,
        return_response=True,
    )
    assert isinstance(found, dict)
    entity_id = world.entity_id(world.channel(channel))
    channels: Any = found["channels"]
    (mine,) = (it for it in channels if it["entity_id"] == entity_id)
    true = [
        it for it in cellar.readings(start, world.now - HOUR, fleet.lag) if it.channel is channel
    ]
    assert len(mine["readings"]) == len(true)
    values = [it.value for it in true if it.value is not None]
    if mine["unit"] == "°F":
        values = [it * 1.8 + 32 for it in values]
    assert [it["value"] for it in mine["readings"]] == pytest.approx(values, abs=0.02)
    assert not world.simulator.early


async def test_a_sensor_that_talks_to_a_foreign_gateway_keeps_no_other_from_being_read(
    world: SensoristWorld, fleet: Fleet, gateway: Gateway, cellar: RadioSensor
) -> None:
    second = fleet.add_gateway(gateway.site, "Zweites")
    roof, attic = (
        second.add_radio_sensor(name, kind=Kind.TEMPERATURE) for name in ("Dach", "Boden")
    )
    world.simulator.odd.current_gateways = {attic.serial: gateway.serial}
    await world.add_account()
    await world.advance(HOUR, step=STEP)
    for sensor in (cellar, roof, attic):
        assert world.value(world.channel(sensor.channels[0])) not in {"unknown", "unavailable"}
    assert not world.simulator.early
