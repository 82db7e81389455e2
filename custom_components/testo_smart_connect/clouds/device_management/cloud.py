"""The testo Device Management API as a client. Facts: Device Management reference.

Nothing is written that was not read just before, and after each change it is read again: nobody
outside testo knows what a body has to hold, and a wrong one could wipe limits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, override
from urllib.parse import quote

from ..count import RowCount
from ..errors import (
    AuthenticationError,
    BadDataError,
    CloudConnectionError,
    CloudError,
    TooLargeError,
)
from ..fields import Row, identifier, number, text
from ..http.login import LoginCredentials
from ..http.transport import Transport
from ..managed import (
    WRITING,
    ChangedElsewhereError,
    Cycle,
    HalfCreatedError,
    ManagedDevice,
    Management,
    NewMeasuringObject,
    NotTakenError,
    SettingsDifferError,
)
from .change import changed, differences
from .creations import SETTABLE, alarm_configuration, measuring_object
from .device import device, outline, unmistakable
from .exact import Told
from .names import ASSUMED

LOGIN_PATH: Final = "/token"
DEVICES, SITE, OBJECT = "devices", "site", "measuring object"
_PAUSE: Final = timedelta(seconds=5)
"""Between two writes, and two looks at what became of one."""
_LOOKS: Final = 4
"""How often a change is looked for before it counts as not made."""
_LONGEST_KEY: Final = 200


def base_url(region: str, environment: str) -> str:
    """Return the address of a region."""
    return f"https://device-management-api.{region}.{environment}.savr.saveris.net"


class DeviceManagement(Management):
    """One login."""

    settable = SETTABLE

    def __init__(
        self, transport: Transport, credentials: LoginCredentials, now: Callable[[], datetime]
    ) -> None:
        """Ask over a transport; know the time (UTC)."""
        self._transport = transport
        self._credentials = credentials
        self._now = now
        self._turn = asyncio.Lock()
        """Two changes at once are made one after the other."""
        self._wrote: datetime | None = None
        self._outline: Mapping[str, Any] = {}

    @property
    @override
    def secret(self) -> Mapping[str, Any]:
        """Return the token."""
        return self._credentials.secret

    @property
    @override
    def outline(self) -> Mapping[str, Any]:
        """Return what the object of the first device looks like."""
        return self._outline

    @override
    async def devices(self, site: str) -> tuple[ManagedDevice, ...]:
        """Return the loggers and gateways of a site."""
        async with self._turn:
            answer = await self._get("/devices", site, DEVICES)
        rows = answer.get("devices")
        if not isinstance(rows, list):
            raise BadDataError("reading", DEVICES, "the answer holds no devices")
        row_count = RowCount()
        objects = [*row_count.objects(rows)]
        self._outline = {"device": outline(objects[0])} if objects else {}
        return tuple(unmistakable([*row_count.parse(objects, device)]))

    @override
    async def set_cycle(
        self, site: str, device: ManagedDevice, cycle: Cycle, value: timedelta, unit: timedelta
    ) -> ManagedDevice:
        """Change one cycle of a device."""
        known = device.cycle(cycle)
        path = f"/devices/{quote(device.uuid, safe='')}"

        def one(before: Row) -> dict[str, Any]:
            # What could not be read afterwards is not written at all.
            found, name = _only(before), ASSUMED[cycle].found(before)
            is_meant = (found.uuid, found.serial) == (device.uuid, device.serial)
            if name is None or known is None or not is_meant:
                raise BadDataError("changing", DEVICES, "its object is of an unknown form")
            if number(before, name) != known.value:
                raise ChangedElsewhereError("changing", DEVICES, "somebody else has changed it")
            return changed(before, name, value / unit)

        return _only(await self._change(path, site, DEVICES, one))

    @override
    async def set_time_zone(self, site: str, zone: str) -> str:
        """Change the time zone of a site, where its settings can be read."""
        was: list[str] = []

        def one(before: Row) -> dict[str, Any]:
            name = ASSUMED["time_zone"].found(before)
            if name is None or not isinstance(before[name], str):
                raise BadDataError("changing", SITE, "its settings are of an unknown form")
            was.append(before[name])
            return changed(before, name, zone)

        await self._change("/settings/global", site, SITE, one)
        return was[0]

    @override
    async def connect_key(self, site: str) -> str:
        """Return the key of a site."""
        async with self._turn:
            return _key(await self._get("/connect-keys", site, SITE), "reading")

    @override
    async def create_site(self, site: str) -> str:
        """Create a site by asking for its key."""
        async with self._turn:
            return _key(await self._post("/connect-keys", None, site, SITE), WRITING)

    @override
    async def create_measuring_object(self, site: str, wanted: NewMeasuringObject) -> None:
        """Create an object that watches one channel, then set its limits."""
        configuration = alarm_configuration(wanted)
        async with self._turn:
            body = measuring_object(wanted)
            answer = await self._post("/measuring-objects", body, site, OBJECT)
            uuid = identifier(answer, *ASSUMED["measuring_object"].names)
            cause = "it was created, but has no limits"
            if uuid is None:
                raise HalfCreatedError("creating", OBJECT, cause)
            path = f"/measuring-objects/{quote(uuid, safe='')}/alarm-configuration"
            try:
                await self._rest()
                await self._write("PUT", path, configuration, site, OBJECT)
            except BadDataError:
                # It was taken, whatever the answer says.
                return
            except CloudError as err:
                raise HalfCreatedError("creating", OBJECT, f"{cause} ({err.cause})") from None

    async def _change(
        self, path: str, site: str, resource: str, one: Callable[[Row], dict[str, Any]]
    ) -> Row:
        """Read an object, change one member of it, write it whole, read it again and compare."""
        async with self._turn:
            before, body = await self._to_change(path, site, resource, one)
            # A setting that is as it should be needs no new version.
            if body == before:
                return before
            error: CloudError | None = None
            try:
                try:
                    await self._put(path, body, site, resource)
                except AuthenticationError:
                    # A new login takes its time: what was read before is old by then.
                    before, body = await self._to_change(path, site, resource, one)
                    await self._put(path, body, site, resource)
            except (BadDataError, TooLargeError, CloudConnectionError) as err:
                # It may have been taken all the same: what is there then tells.
                error = err
            after = await self._looked_at(before, body, lambda: self._get(path, site, resource))
        if after is None:
            raise error or NotTakenError(
                "changing", resource, "the cloud goes on telling the old value"
            )
        return after

    async def _to_change(
        self, path: str, site: str, resource: str, one: Callable[[Row], dict[str, Any]]
    ) -> tuple[Row, dict[str, Any]]:
        """Return an object as it is now, and as it is to be. Nothing has to be waited for then."""
        await self._rest()
        before = await self._get(path, site, resource)
        ends = self._credentials.ends
        if ends is None or ends <= self._now():
            before = await self._get(path, site, resource)
        body = one(before)
        if not (isinstance(before, Told) and before.is_exact):
            raise BadDataError("changing", resource, "its object cannot be sent back as it came")
        return before, body

    async def _looked_at(
        self, before: Row, body: Row, read: Callable[[], Awaitable[Row]]
    ) -> Row | None:
        """Return the object once it is as it was sent, None if it stays as it was.

        Raises SettingsDifferError if anything else has changed, or if nobody can tell.
        """
        told = ASSUMED["told_by_device"].names
        meant, seen = set(differences(before, body, told)), False
        for look in range(_LOOKS):
            if look:
                # For a while it may be told as it was before.
                await self._transport.sleep(_PAUSE.total_seconds())
            try:
                after = await read()
            except CloudError:
                continue
            seen = True
            if not differences(body, after, told):
                return after
            if other := set(differences(before, after, told)):
                # Where it is the member itself, it was taken for something else.
                raise SettingsDifferError("changing", DEVICES, sorted(other - meant or other))
        if not seen:
            raise SettingsDifferError("changing", DEVICES, ())
        return None

    async def _get(self, path: str, site: str, resource: str) -> dict[str, Any]:
        return await self._transport.call(
            "GET", path, None, "reading", resource, params={"site": site}
        )

    async def _post(self, path: str, body: Any, site: str, resource: str) -> dict[str, Any]:
        """Create something, not too soon after the last write."""
        await self._rest()
        return await self._write("POST", path, body, site, resource)

    async def _put(self, path: str, body: Any, site: str, resource: str) -> None:
        """Write what was just read; after a refused login only who has read it again may."""
        await self._write("PUT", path, body, site, resource, renews=False)

    async def _write(  # noqa: PLR0913  what is written, and where
        self,
        method: str,
        path: str,
        body: Any,
        site: str,
        resource: str,
        *,
        renews: bool = True,
    ) -> dict[str, Any]:
        """Write once."""
        self._wrote = self._now()
        return await self._transport.call(
            method,
            path,
            body,
            WRITING,
            resource,
            params={"site": site},
            empty=True,
            once=True,
            renews=renews,
        )

    async def _rest(self) -> None:
        """Wait until the last write is long enough ago."""
        if self._wrote is not None:
            left = self._wrote + _PAUSE - self._now()
            if timedelta() < left <= _PAUSE:
                await self._transport.sleep(left.total_seconds())


def _only(row: Row) -> ManagedDevice:
    found = next(RowCount().parse((row,), device), None)
    if found is None:
        raise BadDataError("changing", DEVICES, "its object is of an unknown form")
    return found


def _key(answer: Row, doing: str) -> str:
    """Return the connect key of an answer."""
    found = text(answer, "connect_key")
    if found is None or len(found) > _LONGEST_KEY:
        raise BadDataError(doing, SITE, "the answer holds no connect key")
    return found
