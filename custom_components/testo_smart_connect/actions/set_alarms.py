"""The actions that set and delete alarms in a cloud that lets users do so."""

from datetime import timedelta
from math import isclose
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.components.sensor.const import UNIT_CONVERTERS
from homeassistant.const import ATTR_DEVICE_CLASS, ATTR_ENTITY_ID, ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_config_entry
import probatio

from ..account.account import Account, TestoConfigEntry
from ..account.inventory import show_inventory
from ..clouds.base import SIDES, NewAlarm
from ..clouds.errors import CloudError, UnknownAlarmError
from ..const import ATTR_CONFIG_ENTRY_ID, DOMAIN
from ..errors import write_failure
from ..monitoring.identity import identity
from ..monitoring.instruments import InstalledChannel
from ..monitoring.quantities import Quantity
from ..monitoring.temperature import in_unit
from .minutes import whole_minutes
from .permission import check_entities

CREATE_ALARM: Final = "create_alarm"
DELETE_ALARM: Final = "delete_alarm"
ATTR_ALARM_ID: Final = "alarm_id"
_ATTR_DIRECTION, _ATTR_VALUE, _ATTR_DELAY = "direction", "value", "delay"
_LONGEST_DELAY = 7 * 24 * 60
"""Minutes."""
_FARTHEST = 1e6


_CREATE = probatio.Schema(
    {
        probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        probatio.Required(ATTR_ENTITY_ID): cv.entity_id,
        probatio.Required(_ATTR_DIRECTION): probatio.In(("above", "below")),
        probatio.Required(_ATTR_VALUE): probatio.All(
            probatio.Coerce(float), probatio.Range(min=-_FARTHEST, max=_FARTHEST)
        ),
        probatio.Optional(_ATTR_DELAY, default=0): probatio.All(
            probatio.Coerce(float), whole_minutes, probatio.Range(min=0, max=_LONGEST_DELAY)
        ),
    }
)
_DELETE = probatio.Schema(
    {
        probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        probatio.Required(ATTR_ALARM_ID): probatio.All(cv.string, str.strip),
    }
)


@callback
def async_setup_set_alarms(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(
        DOMAIN, CREATE_ALARM, _create, _CREATE, supports_response=SupportsResponse.OPTIONAL
    )
    hass.services.async_register(DOMAIN, DELETE_ALARM, _delete, _DELETE)


async def _create(call: ServiceCall) -> dict[str, Any]:
    entity_id: str = call.data[ATTR_ENTITY_ID]
    account, installed = _meant(call.hass, entity_id, call.data.get(ATTR_CONFIG_ENTRY_ID))
    await check_entities(call, [entity_id], POLICY_CONTROL)
    alarm = NewAlarm(
        channel=installed.key,
        direction=call.data[_ATTR_DIRECTION],
        value=_in_unit_of(call, installed),
        delay=timedelta(minutes=call.data[_ATTR_DELAY]),
    )
    _check_new(account, installed, alarm)
    try:
        alarm_id = await account.cloud.create_alarm(alarm)
    except CloudError as err:
        raise write_failure(err, account.kind.maker) from err
    await _show(account)
    return {ATTR_ALARM_ID: alarm_id}


async def _delete(call: ServiceCall) -> None:
    entry: TestoConfigEntry = async_get_config_entry(
        call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID)
    )
    account = entry.runtime_data
    _check_offered(account)
    registry = er.async_get(call.hass)
    unique_id = identity(account.tenant, "active_alarms")
    whole = registry.async_get_entity_id("sensor", DOMAIN, unique_id)
    await check_entities(call, [whole], POLICY_CONTROL)
    alarm_id = call.data[ATTR_ALARM_ID]
    if not alarm_id:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_alarm_id")
    try:
        await account.cloud.delete_alarm(alarm_id)
    except UnknownAlarmError as err:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_alarm",
            translation_placeholders={"account": account.title, "alarm": alarm_id},
        ) from err
    except CloudError as err:
        raise write_failure(err, account.kind.maker) from err
    account.alarm_deleted.send()
    await _show(account)


def _meant(
    hass: HomeAssistant, entity_id: str, only: str | None
) -> tuple[Account, InstalledChannel]:
    """Return the channel that an entity shows, and its account; the only one, if one is named."""
    entity = er.async_get(hass).async_get(entity_id)
    if entity is None or entity.platform != DOMAIN or entity.config_entry_id is None:
        raise _no_channel(entity_id)
    if only not in {None, entity.config_entry_id}:
        raise _no_channel(entity_id)
    entry: TestoConfigEntry = async_get_config_entry(hass, DOMAIN, entity.config_entry_id)
    account = entry.runtime_data
    _check_offered(account)
    found = account.view.topology.read_back(entity.unique_id)
    if found is None:
        raise _no_channel(entity_id)
    channel = found[0].channel
    if channel.technical or channel.quantity is Quantity.DOOR:
        raise _no_channel(entity_id, "not_watchable")
    return account, found[0]


def _no_channel(entity_id: str, key: str = "no_channel") -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={"entity": entity_id},
    )


def _check_new(account: Account, installed: InstalledChannel, alarm: NewAlarm) -> None:
    """Refuse an alarm that there is already, as far as is known."""
    wanted = SIDES[alarm.direction], alarm.delay
    for equipment in account.memory.equipments:
        for it in equipment.limits if equipment.part == installed.channel.part else ():
            if (it.direction, it.delay) == wanted and isclose(it.value, alarm.value):
                raise ServiceValidationError(
                    translation_domain=DOMAIN,
                    translation_key="alarm_exists",
                    translation_placeholders={"alarm": str(it.alarm_id)},
                )


def _check_offered(account: Account) -> None:
    if not account.cloud.traits.sets_alarms:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="not_offered",
            translation_placeholders={"account": account.title, "kind": account.kind.product},
        )


def _in_unit_of(call: ServiceCall, installed: InstalledChannel) -> float:
    """Return the value in the unit of the channel: it is meant in that which is shown."""
    value: float = call.data[_ATTR_VALUE]
    state = call.hass.states.get(call.data[ATTR_ENTITY_ID])
    shown = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None
    unit = installed.channel.unit
    found = in_unit(value, shown, unit)
    if found is not None or state is None:
        return value if found is None else found
    converter = UNIT_CONVERTERS.get(state.attributes.get(ATTR_DEVICE_CLASS))
    if converter is None or not {shown, unit} <= converter.VALID_UNITS:
        # It is the same unit, which is only spelt in another way.
        return value
    return converter.convert(value, shown, unit)


async def _show(account: Account) -> None:
    """Show the limits as they are by now; the list of them is known without asking."""
    account.keep_learnt()
    try:
        account.memory.equipments = (await account.cloud.equipments()).value
    except CloudError:
        return
    await show_inventory(account, is_new=False)
