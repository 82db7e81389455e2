"""What the first read of an account shows, while it is being set up."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ..clouds.base import Answer, Cloud, Resource
from ..clouds.errors import CloudError
from ..const import LOGGER
from ..monitoring.equipment import Equipment
from ..monitoring.model import Inventory, Location
from ..texts import one_line

_LONGEST_NAMES = 30.0
"""Seconds that the names of sites may take longer than the devices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What gives names to what an account has."""

    locations: tuple[Location, ...] = ()
    equipments: tuple[Equipment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an account has."""

    tenant: str | None
    """None if it has nothing at all, not even a name."""
    inventory: Inventory
    names: Names
    learnt: Mapping[str, Any] = field(default_factory=dict)
    secret: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What opens it for a while, so that nobody has to log in again."""

    @property
    def title(self) -> str | None:
        """Return the name of the customer, where the cloud tells one."""
        names = [place.name for place in self.names.locations if place.kind == "customer"]
        return (one_line(names[0] or "") if len(names) == 1 else None) or None


async def first_look(cloud: Cloud) -> Found:
    """Return what an account has; what only brings names may fail. May raise a CloudError."""
    locations = asyncio.ensure_future(_tried(cloud, Resource.LOCATIONS, cloud.locations))
    equipments = asyncio.ensure_future(_tried(cloud, Resource.EQUIPMENTS, cloud.equipments))
    try:
        inventory = await _inventory(cloud)
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_NAMES):
                await asyncio.wait((locations, equipments))
        names = Names(
            locations=locations.result() if locations.done() else (),
            equipments=equipments.result() if equipments.done() else (),
        )
    finally:
        # Else their jobs would be polled on, beside those of the next try.
        locations.cancel()
        equipments.cancel()
    tenants = (inventory.tenant, *(place.tenant for place in names.locations))
    return Found(
        tenant=next(filter(None, tenants), None),
        inventory=inventory,
        names=names,
        learnt=cloud.learnt,
        secret=cloud.secret,
    )


async def _inventory(cloud: Cloud) -> Inventory:
    if cloud.traits.offers(Resource.INVENTORY):
        return (await cloud.inventory()).value
    return (await cloud.newest()).value.inventory or Inventory()


async def _tried[T](
    cloud: Cloud, resource: Resource, read: Callable[[], Awaitable[Answer[tuple[T, ...]]]]
) -> tuple[T, ...]:
    """Return what there is; the account goes on asking for it once it is set up."""
    if not cloud.traits.offers(resource):
        return ()
    try:
        return (await read()).value
    except CloudError as err:
        LOGGER.debug("The names of an account could not be read: %s", err)
        return ()
