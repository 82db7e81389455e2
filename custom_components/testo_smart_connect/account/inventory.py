"""Taking in which devices an account has, and bringing everything in step with them."""

from ..monitoring.model import ChannelKey, Inventory
from .account import Account
from .devices import sync_devices


async def take_inventory(account: Account, found: Inventory, *, complete: bool) -> None:
    """Take in an answer with the devices; only a complete one removes some."""
    memory = account.memory
    memory.register = await account.hass.async_add_executor_job(
        lambda: memory.register.update(found, complete=complete)
    )


async def show_inventory(account: Account, *, is_new: bool) -> None:
    """Bring everything in step with the devices, names and limits that are known now.

    ``is_new`` tells that a whole inventory has just been read.
    """
    await _forget(account)
    await account.derive_all()
    await sync_devices(account, is_new=is_new)
    await account.subscriptions.announce_new()
    await account.subscriptions.publish_all()


async def _forget(account: Account) -> None:
    """Let go of what was read of devices and channels that are gone."""
    memory = account.memory

    def present() -> tuple[set[str], set[ChannelKey]]:
        found = memory.inventory
        channels = {(sensor.uuid, channel.number) for _, sensor, channel in found.channels()}
        sensors = {sensor.uuid for device in found.devices for sensor in device.radio}
        return sensors | {device.uuid for device in found.devices}, channels

    devices, channels = await account.hass.async_add_executor_job(present)
    memory.statuses = {uuid: it for uuid, it in memory.statuses.items() if uuid in devices}
    memory.latest = {key: reading for key, reading in memory.latest.items() if key in channels}
