"""What the first read of an account shows, while it is being set up."""

import asyncio
from dataclasses import dataclass

from ..clouds.base import Cloud, Resource
from ..clouds.errors import CloudError
from ..const import LOGGER
from ..monitoring.model import Inventory, Location
from ..texts import one_line

_LONGEST_NAMES = 30.0
"""Seconds that the names of sites may take longer than the devices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an account has."""

    tenant: str | None
    """None if it has nothing at all, not even a name."""
    inventory: Inventory
    locations: tuple[Location, ...]

    @property
    def title(self) -> str | None:
        """Return the name of the customer, where the cloud tells one."""
        names = [place.name for place in self.locations if place.kind == "customer"]
        return (one_line(names[0] or "") if len(names) == 1 else None) or None


async def first_look(cloud: Cloud) -> Found:
    """Return what an account has; what only brings names may fail. May raise a CloudError."""
    names = asyncio.ensure_future(_names(cloud))
    try:
        inventory = await _inventory(cloud)
        async with asyncio.timeout(_LONGEST_NAMES):
            locations = await names
    except TimeoutError:
        locations = ()
    finally:
        # Else its job would be polled on, beside those of the next try.
        names.cancel()
    tenants = (inventory.tenant, *(place.tenant for place in locations))
    return Found(tenant=next(filter(None, tenants), None), inventory=inventory, locations=locations)


async def _inventory(cloud: Cloud) -> Inventory:
    if cloud.traits.offers(Resource.INVENTORY):
        return (await cloud.inventory()).value
    return (await cloud.newest()).value.inventory or Inventory()


async def _names(cloud: Cloud) -> tuple[Location, ...]:
    """Return the named places; the account goes on asking for them once it is set up."""
    if not cloud.traits.offers(Resource.LOCATIONS):
        return ()
    try:
        return (await cloud.locations()).value
    except CloudError as err:
        LOGGER.debug("The names of the sites could not be read: %s", err)
        return ()
