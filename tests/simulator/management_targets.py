"""What a GET or PUT of the Device Management API is about, once it is found."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from . import management_documents as documents
from .channels import Sensor
from .management_wire import Change, RefusedError, change, meant, worded

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .devices import Gateway, Logger, Site
    from .faults import Row
    from .management_account import ManagementAccount
    from .management_devices import Owner
    from .management_objects import Watching
    from .management_odd import Readable


class ManagementWrite(NamedTuple):
    """A PUT or POST of somebody who may come in, about something that is there.

    `before` is what was told of it until then, as it is told; None for what is created.
    """

    at: datetime
    method: str
    path: str
    site: str
    before: Row | None
    body: Any
    status: int


class Target(Protocol):
    """Something that can be told and changed as a whole."""

    def told(self) -> Row:
        """Return how it is told."""

    def read(self) -> Row:
        """Return the same to somebody who reads it."""

    def check(self, body: Any) -> Callable[[], Row]:
        """Return what stores a body and tells the outcome; RefusedError if that cannot be."""


@dataclass(frozen=True, slots=True)
class Held:
    """A device or sensor."""

    cloud: ManagementAccount
    owner: Owner

    def told(self) -> Row:
        """Return how it is told."""
        odd = self.cloud.odd
        return worded(self.cloud.holdings.told(self.owner, odd), odd)

    def read(self) -> Row:
        """Return the same to somebody who reads it."""
        odd = self.cloud.odd
        return worded(self.cloud.holdings.read(self.owner, odd), odd)

    def check(self, body: Any) -> Callable[[], Row]:
        """Return what stores a body and tells the outcome."""
        holdings, odd = self.cloud.holdings, self.cloud.odd
        before = holdings.told(self.owner, odd)
        asked = meant(before, change(worded(before, odd), body, odd), odd)
        holdings.check(self.owner, asked)

        def store() -> Row:
            holdings.apply(self.owner, asked)
            stored = holdings.row(self.owner, odd)
            if odd.spills and not isinstance(self.owner, Sensor):
                holdings.apply(self.owner, Change(odd.spills, frozenset()))
            holdings.keep(self.owner, before, odd.slow_store)
            return worded(stored, odd)

        return store


@dataclass(frozen=True, slots=True)
class Document:
    """Settings that only this API knows."""

    cloud: ManagementAccount
    kind: str
    uuid: str

    def told(self) -> Row:
        """Return how it is told."""
        return self.cloud.documents.row(self.kind, self.uuid)

    read = told

    def check(self, body: Any) -> Callable[[], Row]:
        """Return what stores a body and tells the outcome."""
        asked = change(self.told(), body, self.cloud.odd)
        self.cloud.documents.check(self.kind, self.uuid, asked)

        def store() -> Row:
            self.cloud.documents.apply(self.kind, self.uuid, asked)
            return self.told()

        return store


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a measuring object."""

    cloud: ManagementAccount
    watching: Watching

    def told(self) -> Row:
        """Return how they are told."""
        return self.cloud.objects.configuration(self.watching)

    read = told

    def check(self, body: Any) -> Callable[[], Row]:
        """Return what stores a body and tells the outcome."""
        limits = self.cloud.objects.limits(self.watching, body)

        def store() -> Row:
            self.cloud.objects.configure(self.watching, limits)
            return self.told()

        return store


# --- Finding them ---------------------------------------------------------------------------------

type Finder = Callable[[ManagementAccount, Site, str], Target]


def _owner(cloud: ManagementAccount, site: Site, uuid: str) -> Logger | Gateway:
    for device in cloud.fleet.devices:
        if device.uuid == uuid and device.site is site:
            return device
    raise RefusedError(404)


def find_settings(cloud: ManagementAccount, site: Site, _uuid: str) -> Target:
    """Return the settings of a site."""
    return Document(cloud, documents.SETTINGS, site.id)


def find_device(cloud: ManagementAccount, site: Site, uuid: str) -> Target:
    """Return a device of a site."""
    return Held(cloud, _owner(cloud, site, uuid))


def find_device_alarms(cloud: ManagementAccount, site: Site, uuid: str) -> Target:
    """Return the system alarms of a device."""
    return Document(cloud, documents.DEVICE_ALARMS, _owner(cloud, site, uuid).uuid)


def find_sensor(cloud: ManagementAccount, site: Site, uuid: str) -> Held:
    """Return a sensor of a site."""
    for device in cloud.fleet.devices:
        for sensor in device.sensors:
            if sensor.uuid == uuid and device.site is site:
                return Held(cloud, sensor)
    raise RefusedError(404)


def find_sensor_alarms(cloud: ManagementAccount, site: Site, uuid: str) -> Target:
    """Return the system alarms of a sensor."""
    return Document(cloud, documents.SENSOR_ALARMS, find_sensor(cloud, site, uuid).owner.uuid)


def find_object(cloud: ManagementAccount, site: Site, uuid: str) -> Watching:
    """Return a measuring object of a site."""
    for watching in cloud.objects.at(site):
        if watching.uuid == uuid:
            return watching
    raise RefusedError(404)


def find_limits(cloud: ManagementAccount, site: Site, uuid: str) -> Target:
    """Return the limits of a measuring object."""
    return Limits(cloud, find_object(cloud, site, uuid))


def find_instructions(cloud: ManagementAccount, site: Site, uuid: str) -> Target:
    """Return how a measuring object measures."""
    return Document(cloud, documents.INSTRUCTIONS, find_object(cloud, site, uuid).uuid)


class Place(NamedTuple):
    """A path with GET and PUT; `resource` is what faults call it."""

    url: str
    resource: str
    readable: Readable
    find: Finder


PLACES = (
    Place("/settings/global", "settings", "settings", find_settings),
    Place("/devices/{uuid}", "devices", "devices", find_device),
    Place("/sensors/{uuid}", "sensors", "sensors", find_sensor),
    Place(
        "/devices/{uuid}/alarm-configuration",
        "alarm_configurations",
        "alarm_configurations",
        find_device_alarms,
    ),
    Place(
        "/sensors/{uuid}/alarm-configuration",
        "alarm_configurations",
        "alarm_configurations",
        find_sensor_alarms,
    ),
    Place(
        "/measuring-objects/{uuid}/alarm-configuration",
        "alarm_configurations",
        "alarm_configurations",
        find_limits,
    ),
    Place(
        "/measuring-objects/{uuid}/measuring-instruction-set",
        "measuring_objects",
        "measuring_objects",
        find_instructions,
    ),
)
