"""The examples of the documentation that only this kind of account can run."""

from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import entity_registry as er

from tests.integration.documented import ACTIONS, run_actions
from tests.simulator import RadioSensor

from .conftest import SensoristWorld


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
    meant = ACTIONS["create_alarm"][0]["data"]["entity_id"]
    er.async_get(hass).async_update_entity(entity_id, new_entity_id=meant)
    await world.settle()
    await run_actions(hass, "create_alarm")
    (made,) = world.simulator.limits.values()
    assert (made.id, made.value, made.direction, made.delay) == (4001, 8.0, "above", 30)
    assert said == ["Alarm 4001 is set"]
    await run_actions(hass, "delete_alarm")
    assert not world.simulator.limits
