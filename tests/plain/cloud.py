"""What the plain cloud says → our model: one module, as it would stand in `clouds/`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, override

from custom_components.testo_smart_connect.clouds.base import (
    Alarms,
    Answer,
    Cloud,
    History,
    Interval,
    Resource,
    Snapshot,
    Traits,
)
from custom_components.testo_smart_connect.clouds.errors import BadDataError
from custom_components.testo_smart_connect.clouds.http.transport import Transport
from custom_components.testo_smart_connect.clouds.report import Report
from custom_components.testo_smart_connect.monitoring.active import ActiveSet
from custom_components.testo_smart_connect.monitoring.model import (
    Channel,
    Device,
    Inventory,
    Reading,
    Sensor,
    Transition,
)

_CYCLE = timedelta(minutes=15)


@dataclass(slots=True, kw_only=True)
class Token:
    """A token in a header. Implements ``Credentials``."""

    name: str
    token: str = field(repr=False)

    async def headers(self) -> Mapping[str, str]:
        """Return what goes with each request."""
        return {"X-Token": self.token}

    async def renew(self, refused: Mapping[str, str]) -> bool:  # noqa: ARG002  each is refused alike
        """Tell that only a person can."""
        return False


class PlainCloud(Cloud):
    """One account of the plain cloud."""

    traits: ClassVar = Traits(
        intervals={
            Resource.ALARMS: Interval.minutes(10, 5, 60),
            Resource.READINGS: Interval.minutes(30, 15, 240),
        },
        alarms=Alarms.ACTIVE,
        history=History.NONE,
    )

    def __init__(self, transport: Transport) -> None:
        """Read over a transport."""
        self._transport = transport

    @override
    async def newest(self) -> Answer[Snapshot]:
        """Return values and devices: one answer tells both."""
        return await self._snapshot()

    async def _snapshot(self) -> Answer[Snapshot]:
        rows, tenant = await self._rows("values")
        devices: dict[str, Device] = {}
        readings: list[Reading] = []
        rejected: dict[str, int] = {}
        for row in rows:
            try:
                device, reading = _value(row)
            except KeyError, TypeError, ValueError:
                rejected["bad_value"] = rejected.get("bad_value", 0) + 1
                continue
            devices[device.serial] = device
            readings.append(reading)
        snapshot = Snapshot(
            readings=tuple(readings),
            inventory=Inventory(tenant=tenant, devices=tuple(devices.values())),
        )
        return Answer(snapshot, Report(resource="values", rows=len(rows), rejected=rejected))

    @override
    async def active(self) -> Answer[ActiveSet]:
        """Return the open alarms."""
        rows, _ = await self._rows("alarms")
        found: list[Transition] = []
        unread: set[str] = set()
        rejected: dict[str, int] = {}
        for row in rows:
            try:
                found.append(_alarm(row))
            except KeyError, TypeError, ValueError:
                rejected["bad_alarm"] = rejected.get("bad_alarm", 0) + 1
                unread.add(str(row.get("id") or ""))
        active = ActiveSet(
            violations=tuple(found), unread=frozenset(unread), complete="" not in unread
        )
        return Answer(active, Report(resource="alarms", rows=len(rows), rejected=rejected))

    async def _rows(self, what: str) -> tuple[list[dict[str, Any]], str]:
        answer = await self._transport.call("GET", f"/{what}", None, "reading", what)
        rows = answer.get(what)
        if not isinstance(rows, list):
            raise BadDataError("reading", what, "the answer holds no list")
        return rows, str(answer["account"])


def _value(row: Mapping[str, Any]) -> tuple[Device, Reading]:
    serial = str(row["serial"])
    channel = Channel(number=0, property_name=str(row["quantity"]), unit=str(row["unit"]))
    sensor = Sensor(uuid=serial, serial=serial, measuring_cycle=_CYCLE, channels=(channel,))
    device = Device(uuid=serial, serial=serial, name=str(row["name"]), sensors=(sensor,))
    at = datetime.fromisoformat(row["time"])
    reading = Reading(
        uuid=f"{serial} {at.isoformat()}",
        sensor_uuid=serial,
        channel=0,
        at=at,
        value=float(row["value"]),
        unit=channel.unit,
    )
    return device, reading


def _alarm(row: Mapping[str, Any]) -> Transition:
    return Transition(
        uuid=str(row["id"]),
        raised=True,
        at=datetime.fromisoformat(row["time"]),
        condition=str(row["direction"]),
        property_name=str(row["quantity"]),
        value=float(row["value"]),
        unit=str(row["unit"]),
        serial=str(row["serial"]),
    )


class ListedCloud(PlainCloud):
    """The same, of a cloud that lists its devices elsewhere."""

    traits: ClassVar = Traits(
        intervals={
            **PlainCloud.traits.intervals,
            Resource.INVENTORY: Interval.fixed(timedelta(hours=1)),
        },
        alarms=Alarms.ACTIVE,
        history=History.NONE,
    )

    @override
    async def inventory(self) -> Answer[Inventory]:
        """Return the devices."""
        answer = await self._snapshot()
        assert answer.value.inventory is not None
        return Answer(answer.value.inventory, answer.report)

    @override
    async def newest(self) -> Answer[Snapshot]:
        """Return the values alone."""
        answer = await self._snapshot()
        return Answer(Snapshot(readings=answer.value.readings), answer.report)
