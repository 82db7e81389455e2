"""The examples of the documentation that only this kind of account can run."""

from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml

from tests.simulator import RadioSensor

from .conftest import SensoristWorld

ACTIONS = (Path(__file__).parents[3] / "docs" / "actions.md").read_text(encoding="utf-8")
SHOWN = "sensor.apotheke_koln_kuhlschrank_1_temperature"


def example(name: str) -> list[Any]:
    """Return the example of an action."""
    for block in re.findall(r"(?ms)^```yaml\n(.*?)^```", ACTIONS):
        parsed: Any = parse_yaml(block)
        actions: list[Any] = parsed["actions"]
        if actions[0]["action"] == f"testo_smart_connect.{name}":
            return actions
    raise KeyError(name)


async def test_alarms_are_set_and_deleted_as_the_examples_do(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    said: list[str] = []

    @callback
    def note(call: ServiceCall) -> None:
        said.append(call.data["message"])

    hass.services.async_register("notify", "notify", note)
    await world.add_account()
    entity_id = world.entity_id(world.channel(cellar.channels[0]))
    er.async_get(hass).async_update_entity(entity_id, new_entity_id=SHOWN)
    await world.settle()
    names = ("create_alarm", "delete_alarm")
    scripts = {name: {"sequence": example(name)} for name in names}
    assert await async_setup_component(hass, "script", {"script": scripts})
    await hass.services.async_call("script", "create_alarm", blocking=True)
    (made,) = world.simulator.limits.values()
    assert (made.id, made.value, made.direction, made.delay) == (4001, 8.0, "above", 30)
    assert said == ["Alarm 4001 is set"]
    await hass.services.async_call("script", "delete_alarm", blocking=True)
    assert not world.simulator.limits
