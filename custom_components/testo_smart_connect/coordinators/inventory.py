"""What reads the devices, and the names and limits beside them, as far as a cloud lists them."""

from collections.abc import Awaitable, Callable
from typing import override

from homeassistant.util import dt as dt_util

from ..account.inventory import show_inventory, take_inventory
from ..clouds.base import Resource
from ..clouds.errors import CloudError
from ..monitoring.moments import is_recent
from .base import Coordinator


class InventoryCoordinator(Coordinator):
    """Reads devices, and the names and limits beside them.

    Names and limits never cost the devices anything: what was known of them stays, and
    they alone are asked for again.
    """

    resources = (
        Resource.INVENTORY,
        Resource.LOCATIONS,
        Resource.LIMITS,
        Resource.EQUIPMENTS,
    )
    _failed_names: frozenset[Resource] = frozenset()

    @override
    async def work(self) -> None:
        account = self.account
        is_new = False
        has_devices = account.cloud.traits.offers(Resource.INVENTORY)
        only = self._failed_names if self._failed_names and self._is_fresh() else None
        if only is None and has_devices:
            is_new = await self.attempt(Resource.INVENTORY, self._read)
        reads = {
            Resource.LOCATIONS: self._read_locations,
            Resource.LIMITS: self._read_limits,
            Resource.EQUIPMENTS: self._read_equipments,
        }
        failures = {
            resource: await self._try(resource, read)
            for resource, read in reads.items()
            if account.cloud.traits.offers(resource) and (only is None or resource in only)
        }
        failed = {resource: err for resource, err in failures.items() if err}
        self._failed_names = frozenset(failed)
        await show_inventory(account, is_new=is_new)
        for failure in failed.values():
            raise failure

    def _is_fresh(self) -> bool:
        """Tell whether the devices were read within the interval."""
        read = self.account.memory.good.get(Resource.INVENTORY)
        return is_recent(read, dt_util.utcnow(), self.interval)

    async def _try(
        self, resource: Resource, read: Callable[[], Awaitable[None]]
    ) -> CloudError | None:
        """Read something without which the rest goes on; return why it failed."""
        try:
            await self.attempt(resource, read)
        except CloudError as err:
            return err
        return None

    async def _read(self) -> bool:
        """Read the devices; tell whether all were understood."""
        answer = await self.account.cloud.inventory()
        found, complete = self.note(answer), not answer.report.rejected
        await take_inventory(self.account, found, complete=complete)
        return complete and bool(found.devices)

    async def _read_locations(self) -> None:
        memory = self.account.memory
        memory.locations = self.note(await self.account.cloud.locations()) or memory.locations

    async def _read_limits(self) -> None:
        self.account.memory.limits = self.note(await self.account.cloud.limits())

    async def _read_equipments(self) -> None:
        memory, answer = self.account.memory, await self.account.cloud.equipments()
        found = self.note(answer)
        if answer.report.rejected:
            # What could not be understood may be what was known.
            known = {it.part: it for it in memory.equipments}
            found = tuple({**known, **{it.part: it for it in found}}.values())
        memory.equipments = found
