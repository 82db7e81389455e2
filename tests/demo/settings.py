# ruff: noqa: EM102, TRY003 - a DemoError is made for its text
"""The login for the settings of loggers: what it has to show, and a cycle that is changed."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import isclose
from time import monotonic

from tests.simulator import Gateway, Logger, Site

from .account import SUBENTRY_FLOW, says, submit
from .cloud import Cloud
from .errors import DemoError
from .home import Home
from .registry import Entity, Snapshot, look

_PATIENCE = 150.0
"""Seconds until everything has to be as it should, and from a contact until it shows."""
_PAUSE = 2.0
_MINUTE = timedelta(minutes=1)
_KEYS = ("measuring_cycle", "communication_cycle")


async def add_settings(home: Home, cloud: Cloud, entry_id: str) -> Site:
    """Add the login, or lead the one of an earlier run to the new address; return its site."""
    site = cloud.fleet.loggers[0].site
    handler = {"handler": [entry_id, "settings"], "show_advanced_options": False}
    known = await home.call("config_entries/subentries/list", entry_id=entry_id)
    if known:
        handler["subentry_id"] = known[0]["subentry_id"]
    form = await home.post(SUBENTRY_FLOW, handler)
    typed = {**cloud.settings_login, "site": site.name}
    result = await submit(home, form, typed, SUBENTRY_FLOW)
    if result["type"] != "create_entry" and result.get("reason") != "reconfigure_successful":
        raise DemoError(f"the login for settings could not be added: {says(result)}")
    return site


class SettingsCheck:
    """Looks at what one login brings."""

    def __init__(self, home: Home, cloud: Cloud, entry_id: str, site: Site) -> None:
        """Know which loggers it is about."""
        self._home, self._cloud, self._entry_id = home, cloud, entry_id
        self._devices = [it for it in cloud.fleet.devices if it.site == site]

    async def everything(self) -> tuple[Snapshot, int]:
        """Switch on what is off by default, and wait until all of it shows a true value."""
        await self._enable()
        wanted = dict(self._wanted())
        deadline = monotonic() + _PATIENCE
        while True:
            snapshot = await look(self._home, self._entry_id)
            wrong = [
                f"{unique_id} is {_state(snapshot, unique_id)}, not {value}"
                for unique_id, value in wanted.items()
                if not _is(_state(snapshot, unique_id), value)
            ]
            if not wrong:
                return snapshot, len(wanted)
            if monotonic() > deadline:
                raise DemoError(f"{wrong[0]} (and {len(wrong) - 1} more)")
            await asyncio.sleep(_PAUSE)

    def _wanted(self) -> Iterator[tuple[str, float | str]]:
        for device in self._devices:
            if not device.active(datetime.now(UTC)):
                continue
            if device.sensors:
                shortest = min(it.measuring for it in device.sensors)
                yield f"{device.serial}_measuring_cycle", shortest / _MINUTE
            yield f"{device.serial}_communication_cycle", device.communication / _MINUTE
            for slot in range(len(device.sensors)):
                yield f"{device.serial}_slot_{slot}", "on"

    async def _enable(self) -> None:
        deadline = monotonic() + _PATIENCE
        wanted = {unique_id for unique_id, _ in self._wanted()}
        while True:
            entities = (await look(self._home, self._entry_id)).entities
            if missing := wanted - entities.keys():
                if monotonic() > deadline:
                    raise DemoError(f"there is no entity {min(missing)}")
                await asyncio.sleep(_PAUSE)
                continue
            for unique_id in wanted:
                entity_id = entities[unique_id].entity_id
                command = "config/entity_registry/update"
                await self._home.call(command, entity_id=entity_id, disabled_by=None)
            await self._reload()
            return

    async def change(self) -> str:
        """Change the measuring cycle of a logger, and wait until it lives by it."""
        logger = min(self._loggers(), key=lambda it: it.communication)
        unique_id = f"{logger.serial}_measuring_cycle"
        wanted = 2 * logger.sensors[0].measuring / _MINUTE
        entity = await self._entity(unique_id)
        await self._home.post(
            "/api/services/number/set_value", {"entity_id": entity.entity_id, "value": wanted}
        )
        entity = await self._entity(unique_id)
        if not _is(entity.state, wanted) or entity.attributes.get("pending") is not True:
            raise DemoError(f"{entity.entity_id} is {entity.state} and not pending after a change")
        deadline = monotonic() + logger.communication.total_seconds() + _PATIENCE
        while entity.attributes.get("pending") is not False:
            if monotonic() > deadline:
                raise DemoError(f"{entity.entity_id} did not take effect")
            await asyncio.sleep(5 * _PAUSE)
            # The account is asked at once then, not within the hour.
            await self._reload()
            entity = await self._entity(unique_id)
        if not _is(entity.state, wanted):
            raise DemoError(f"{entity.entity_id} is {entity.state} in the end, not {wanted}")
        return entity.entity_id

    def _loggers(self) -> Iterator[Logger]:
        now = datetime.now(UTC)
        for it in self._devices:
            if not isinstance(it, Gateway) and it.active(now):
                yield it

    async def _entity(self, unique_id: str) -> Entity:
        """Return an entity once it has a state: it has none while the account is loaded."""
        deadline = monotonic() + _PATIENCE
        while True:
            entity = (await look(self._home, self._entry_id)).entities.get(unique_id)
            if entity is not None and entity.state not in {None, "unavailable"}:
                return entity
            if monotonic() > deadline:
                raise DemoError(f"{unique_id} has no state")
            await asyncio.sleep(_PAUSE)

    async def _reload(self) -> None:
        path = "/api/services/homeassistant/reload_config_entry"
        await self._home.post(path, {"entry_id": self._entry_id})


def _state(snapshot: Snapshot, unique_id: str) -> str | None:
    entity = snapshot.entities.get(unique_id)
    return entity.state if entity else None


def _is(state: str | None, value: float | str) -> bool:
    if isinstance(value, str):
        return state == value
    try:
        return isclose(float(str(state)), value, abs_tol=0.01)
    except ValueError:
        return False
