"""What the entities of a channel are called, in the language of Home Assistant."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from ..monitoring.identity import limit_key
from ..monitoring.instruments import InstalledChannel
from ..monitoring.quantities import Quantity
from ..monitoring.sources import BOUNDS
from ..texts import known_text

_OF_CHANNELS = {
    *Quantity,
    *map(limit_key, BOUNDS),
    *(severity for _, severity in BOUNDS),
    *(f"report_{direction}" for direction, _ in BOUNDS),
    # As the first release named them.
    *(f"{quantity}_{severity}" for quantity in Quantity for _, severity in BOUNDS),
}
_CAPITALS = {"de"}
"""Languages whose nouns have a capital wherever they stand."""


def is_of_channel(entity: er.RegistryEntry) -> bool:
    """Tell whether an entity shows something of a channel, by what its name is made of."""
    return entity.translation_key in _OF_CHANNELS


def device_name(device: dr.AnyDeviceEntry | None) -> str | None:
    """Return what a device is called: as the user named it, else as we did."""
    return (device.name_by_user or device.name) if device else None


def blanks_of(installed: InstalledChannel) -> dict[str, str]:
    """Return what fills the blanks in the name of a channel.

    What a channel watches, else its number, where a probe has several of a quantity, and the
    vendor's label where the quantity has no name of ours.
    """
    channel = installed.channel
    mark = channel.title or channel.number
    blanks = {"number": f" {mark}" if installed.repeated else ""}
    if channel.quantity is Quantity.OTHER:
        blanks["label"] = label_of(installed)
    return blanks


def label_of(installed: InstalledChannel) -> str:
    """Return the vendor's words for a quantity without a name of ours."""
    channel = installed.channel
    for text in (channel.extension, channel.property_name):
        if text and text.casefold() != "unknown":
            return text
    return f"Channel {channel.number}"


def channel_name(
    hass: HomeAssistant, installed: InstalledChannel, language: str | None = None
) -> str:
    """Return the name of the sensor that shows a channel, e.g. `Temperature 2`."""
    name = quantity_name(hass, installed.channel.quantity, language)
    return name.format(**blanks_of(installed))


def alarm_name(hass: HomeAssistant, installed: InstalledChannel, severity: str) -> str:
    """Return what an alarm of a channel is called, without the number of the channel.

    Each language has one pattern, e.g. German `Alarm Temperatur`.
    """
    quantity = installed.channel.quantity
    blanks = {**blanks_of(installed), "number": ""}
    pattern = known_text(hass, "common", severity) or f"{{quantity}} {severity}"
    name = quantity_name(hass, quantity).format(**blanks)
    begins = pattern.startswith("{quantity}") or hass.config.language in _CAPITALS
    return pattern.format(quantity=name if begins else _lower(name, quantity))


def _lower(name: str, quantity: Quantity) -> str:
    """Return a name as it follows other words: abbreviations and the vendor's words stay."""
    if quantity is Quantity.OTHER or not name[1:2].islower():
        return name
    return name[0].lower() + name[1:]


def quantity_name(hass: HomeAssistant, quantity: Quantity, language: str | None = None) -> str:
    """Return the name of what shows a quantity, with its blanks."""
    platform = "binary_sensor" if quantity is Quantity.DOOR else "sensor"
    return known_text(hass, "entity", f"{platform}.{quantity}.name", language) or _plain(quantity)


def _plain(key: str) -> str:
    """Return a key as words, in case there is no text."""
    return key.replace("_", " ").capitalize()
