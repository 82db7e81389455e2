# ruff: noqa: EM102, TRY003 - a DemoError is made for its text
"""Looking whether everything is there."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic

from .cloud import Cloud
from .errors import DemoError
from .expect import Expected, Truth, expected, names, parents
from .home import Home
from .logs import complaint
from .registry import Entity, Snapshot, look

_PATIENCE = 150.0
"""Seconds until everything has to be as it should."""
_ALARM_PATIENCE = 180.0
_MESSAGE_PATIENCE = 65.0
"""Seconds until the automation tells an alarm: it looks once a minute at least."""
_PAUSE = 2.0
_REFRESH = 10.0
"""Seconds between asking the integration to read soon, as the action for that allows."""


@dataclass(frozen=True, slots=True)
class Told:
    """An alarm that came and went, and what the automation said."""

    entity_id: str
    raised: str
    cleared: str


@dataclass(slots=True)
class Check:
    """The check of one account, from the first entity to the end of an alarm."""

    home: Home
    cloud: Cloud
    entry_id: str
    _truth: Truth = field(init=False)
    _asked: float = 0.0

    def __post_init__(self) -> None:
        """Begin to learn the truth."""
        self._truth = Truth(self.cloud)

    async def everything(
        self, *, but: str | None = None
    ) -> tuple[Snapshot, Mapping[str, Expected]]:
        """Wait until every entity is there with a true value, but for those of one device."""
        deadline = monotonic() + _PATIENCE
        while True:
            await self._truth.refresh()
            snapshot = await look(self.home, self.entry_id)
            wanted = expected(self.cloud.fleet, self._truth, self.cloud.kind)
            wrong = [*_devices(self.cloud, snapshot), *_entities(wanted, snapshot, but)]
            self._log()
            if not wrong:
                return snapshot, wanted
            if monotonic() > deadline:
                more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
                raise DemoError(f"{wrong[0]}{more}")
            await asyncio.sleep(_PAUSE)

    async def calm(self, serial: str) -> None:
        """Wait until a sensor's alarm is known to be off: what is open at first gives no event."""
        await self._until(f"{self._device(serial)}_{serial}_1_alarm", "off")

    async def alarm(self, serial: str, *, harmless: float) -> Told:
        """Wait until the alarm of a sensor's first channel is on and told, then end it."""
        device = self._device(serial)
        unique_id = f"{device}_{serial}_1_alarm"
        on = await self._until(unique_id, "on")
        count = int(
            (await self._entity(f"{self.cloud.fleet.tenant_uuid}_active_alarms")).state or 0
        )
        if on.state == "on" and count < 1:
            raise DemoError(f"{on.entity_id} is on, but no active alarm is counted")
        known = names(self.cloud.fleet)
        logger, probe = known[device][0], known.get(serial, known[device])[0]
        raised = await self._message("of the alarm", f"Alarm: {probe}")
        await self.cloud.hold(serial, harmless)
        await self._until(unique_id, "off")
        event = await self._entity(f"{device}_alarms")
        if event.attributes.get("event_type") != "alarm_cleared":
            raise DemoError(f"{event.entity_id} did not tell that the alarm of {serial} is over")
        # The event that ends an alarm stands on the logger, whichever probe it was.
        cleared = await self._message("of the end of the alarm", f"All clear: {logger}")
        self._log()
        return Told(entity_id=on.entity_id, raised=raised, cleared=cleared)

    async def _message(self, about: str, title: str) -> str:
        """Wait for a notification whose title begins so; return title and text."""
        deadline = monotonic() + _MESSAGE_PATIENCE
        while True:
            for told in await self.home.call("persistent_notification/get"):
                if (told["title"] or "").startswith(title):
                    return f"“{told['title']}: {told['message']}”"
            if monotonic() > deadline:
                raise DemoError(
                    f"the automation sent no message {about} that begins with “{title}” "
                    f"within {_MESSAGE_PATIENCE:.0f} s"
                )
            await asyncio.sleep(_PAUSE)

    def _device(self, serial: str) -> str:
        return self.cloud.fleet.sensor(serial).device.serial

    async def _until(self, unique_id: str, state: str) -> Entity:
        deadline = monotonic() + _ALARM_PATIENCE
        while (entity := await self._entity(unique_id)).state != state:
            if monotonic() > deadline:
                raise DemoError(
                    f"{entity.entity_id} ({unique_id}) did not turn {state} "
                    f"within {_ALARM_PATIENCE:.0f} s"
                )
            if monotonic() > self._asked + _REFRESH:
                self._asked = monotonic()
                await self.home.post(
                    "/api/services/homeassistant/update_entity", {"entity_id": entity.entity_id}
                )
            await asyncio.sleep(_PAUSE)
        return entity

    async def _entity(self, unique_id: str) -> Entity:
        entity = (await look(self.home, self.entry_id)).entities.get(unique_id)
        if entity is None:
            raise DemoError(f"there is no entity {unique_id}")
        return entity

    def _log(self) -> None:
        if found := complaint(self.home.log):
            raise DemoError(f"in Home Assistant's log: {found}")


def table(snapshot: Snapshot) -> Iterator[str]:
    """Yield the lines of the entity table, by device."""
    rows = [("name", "unique id", "state", "unit")]
    for device in sorted(snapshot.devices.values(), key=lambda device: (device.name, device.key)):
        for entity in snapshot.of(device.key):
            state = (entity.state or "-") if entity.enabled else "(disabled)"
            name = f"{device.name} · {entity.name}"
            rows.append((name, entity.unique_id, state, entity.unit))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    rows.insert(1, ("-" * widths[0], "-" * widths[1], "-" * widths[2], "----"))
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True))
        yield "  ".join(cells).rstrip()


def _devices(cloud: Cloud, snapshot: Snapshot) -> Iterator[str]:
    wanted = names(cloud.fleet)
    for serial, (name, site) in wanted.items():
        device = snapshot.devices.get(serial)
        if device is None:
            yield f"there is no device {serial} ({name})"
            continue
        if device.name != name:
            yield f"the device {serial} is called {device.name}, not {name}"
        if device.area != site:
            yield f"the device {name} is in area {device.area}, not in {site}"
    for serial, parent in parents(cloud.fleet).items():
        device = snapshot.devices.get(serial)
        if device is not None and device.parent != parent:
            yield f"the device {device.name} belongs to {device.parent}, not to {parent}"
    for serial in snapshot.devices.keys() - wanted:
        yield f"the device {serial} should not be there"


def _entities(wanted: Mapping[str, Expected], snapshot: Snapshot, but: str | None) -> Iterator[str]:
    for unique_id, item in wanted.items():
        entity = snapshot.entities.get(unique_id)
        if entity is None:
            yield f"there is no entity {unique_id}"
        elif entity.platform != item.platform:
            yield f"{unique_id} is a {entity.platform}, not a {item.platform}"
        elif entity.enabled != item.enabled:
            yield f"{unique_id} is {'enabled' if entity.enabled else 'disabled'}"
        elif entity.enabled and entity.device != but and not item.test(entity.state or ""):
            yield f"{entity.entity_id} ({unique_id}) is {entity.state}, not {item.meant}"
    for unique_id in snapshot.entities.keys() - wanted:
        # An alarm that was ever seen has an entity, also where its limit was taken away.
        if not unique_id.endswith(("_alarm", "_warning")):
            yield f"the entity {unique_id} should not be there"
