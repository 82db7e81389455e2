"""Which devices a call names one by one, and what is said about them."""

from dataclasses import dataclass
from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry, async_get_device_and_config_entry
import probatio

from ..account.account import Account
from ..account.names import device_name
from ..const import ATTR_CONFIG_ENTRY_ID, DOMAIN
from ..monitoring.instruments import Instrument
from ..monitoring.model import Sensor
from ..texts import one_line

ATTR_DEVICE_ID: Final = "device_id"
ATTR_NOTE: Final = "note"

_LONGEST_NOTE = 500

DEVICES: Final = probatio.All(probatio.EnsureList(), [cv.string])
SOME_DEVICES: Final = probatio.All(DEVICES, probatio.Length(min=1))
NOTE: Final = probatio.All(cv.string, probatio.Length(max=_LONGEST_NOTE))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTarget:
    """A device of Home Assistant: an instrument, or one probe of it."""

    account: Account
    instrument: Instrument
    probe: Sensor | None
    name: str


def devices_meant(call: ServiceCall) -> list[DeviceTarget]:
    """Return what the devices of a call stand for; all are looked at before any is touched."""
    wanted = call.data.get(ATTR_CONFIG_ENTRY_ID)
    account = async_get_config_entry(call.hass, DOMAIN, wanted) if wanted else None
    targets = []
    for device_id in call.data[ATTR_DEVICE_ID]:
        device, entry = async_get_device_and_config_entry(call.hass, DOMAIN, device_id)
        name = one_line(device_name(device) or device_id)
        if account is not None and entry is not account:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="other_account",
                translation_placeholders={"device": name, "account": one_line(account.title)},
            )
        identifiers = {name for domain, name in device.identifiers if domain == DOMAIN}
        found = entry.runtime_data.view.topology.find(identifiers)
        if found is None:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="no_logger",
                translation_placeholders={"device": name},
            )
        instrument, probe = found
        targets.append(
            DeviceTarget(account=entry.runtime_data, instrument=instrument, probe=probe, name=name)
        )
    return targets
