"""A chain of loggers without a cloud: what automations see of it, thousands in a moment."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import entity_sources
from homeassistant.util import dt as dt_util

from custom_components.testo_smart_connect.const import DOMAIN

_DELAY = timedelta(minutes=5)
"""How long after its beginning an alarm is known."""


class Chain:
    """Loggers of which there are only states and events, as the account would write them."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], number: int) -> None:
        """Register devices and entities in an area of their own; all is well with them."""
        self.hass = hass
        self.area = ar.async_get(hass).async_create("Chain").id
        self.numbers = range(number)
        devices, entities = dr.async_get(hass), er.async_get(hass)
        self._ids: dict[tuple[int, str], str] = {}
        for place in self.numbers:
            device = devices.async_get_or_create(
                config_entry_id=entry.entry_id,
                identifiers={(DOMAIN, f"chain {place}")},
                name=f"Cold room {place:04}",
            )
            devices.async_update_device(device.id, area_id=self.area)
            for platform, key, name in (
                ("binary_sensor", "alarm", "Temperature alarm"),
                ("binary_sensor", "connection", "Connection"),
                ("event", "alarms", "Alarms"),
            ):
                self._ids[place, key] = entities.async_get_or_create(
                    platform,
                    DOMAIN,
                    f"chain_{place}_{key}",
                    config_entry=entry,
                    device_id=device.id,
                    translation_key=key,
                    original_name=name,
                ).entity_id
        for entity_id in self._ids.values():
            entity_sources(hass)[entity_id] = {
                "domain": DOMAIN,
                "config_entry": entry.entry_id,
            }
        self._events = 0
        self.raised: dict[int, datetime] = {}
        self.clear(self.numbers, tell=False)
        self.connect(self.numbers, "on")
        for place in self.numbers:
            hass.states.async_set(self._ids[place, "alarms"], "unknown")

    def target(self) -> dict[str, Any]:
        """Return all of it as the target of an automation."""
        return {"area_id": self.area}

    def show(self, places: Iterable[int], known: datetime) -> None:
        """Show open alarms that are known since a moment."""
        for place in places:
            self.raised[place] = known
            facts = {
                "since": known - _DELAY,
                "known_since": known,
                "episode_id": f"chain-episode-{place:04}",
                "direction": "upper",
                "value": 9.3,
                "unit": "°C",
                "limit": 8.0,
            }
            self._show(place, "on", facts)

    def open(self, places: Iterable[int]) -> None:
        """Raise alarms as the account does: all states, then all events."""
        places = list(places)
        self.show(places, dt_util.utcnow())
        for place in places:
            self._tell(place, "alarm_raised", None)

    def clear(self, places: Iterable[int], *, tell: bool = True) -> None:
        """End alarms."""
        places = list(places)
        for place in places:
            self._show(place, "off", {})
        for place in places if tell else ():
            self._tell(place, "alarm_cleared", dt_util.utcnow())

    def report_late(self, places: Iterable[int]) -> None:
        """Report what was over before anybody knew of it."""
        for place in places:
            for change in ("raised", "cleared"):
                self._tell(place, f"alarm_{change}", dt_util.utcnow())

    def connect(self, places: Iterable[int], state: str) -> None:
        """Let connections turn on or off."""
        for place in places:
            facts = {"device_class": "connectivity"}
            self.hass.states.async_set(self._ids[place, "connection"], state, facts)

    def _show(self, place: int, state: str, facts: dict[str, Any]) -> None:
        acknowledgements = {"severity": "alarm", "acknowledged": False, "snoozed_until": None}
        self.hass.states.async_set(self._ids[place, "alarm"], state, {**acknowledgements, **facts})

    def _tell(self, place: int, event_type: str, ended: datetime | None) -> None:
        known = self.raised.get(place)
        began = (known or dt_util.utcnow()) - _DELAY
        self._events += 1
        self.hass.states.async_set(
            self._ids[place, "alarms"],
            f"{dt_util.utcnow().isoformat()} {self._events}",
            {
                "event_type": event_type,
                "episode_id": f"chain-episode-{place:04}",
                "property": "Temperature",
                "direction": "upper",
                "severity": "alarm",
                "value": 9.3,
                "unit": "°C",
                "limit": 8.0,
                "reason": None,
                "raised_at": began.isoformat(),
                "cleared_at": ended.isoformat() if ended else None,
                "known_since": known.isoformat() if known else None,
                "late": False,
            },
        )
