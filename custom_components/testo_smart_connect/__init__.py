"""testo Smart Connect: professional data loggers in Home Assistant."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import AnyDeviceEntry
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.helpers.typing import ConfigType

from .account.account import Account, TestoConfigEntry, chosen_sites
from .account.devices import present_devices, sync_devices
from .account.issues import async_forget_issues, async_show_issues
from .account.store import MemoryStore, ledger_path
from .actions.acknowledge import async_setup_actions
from .actions.import_history import async_cancel_imports, async_setup_import
from .const import DOMAIN
from .coordinators.coordinators import Coordinators
from .history.ledger import Ledger
from .kinds.clients import create_cloud, create_session
from .monitoring.instruments import instruments

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = (Platform.BINARY_SENSOR, Platform.EVENT, Platform.SENSOR)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions, so that automations can be checked while no account is loaded."""
    async_setup_actions(hass)
    async_setup_import(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: TestoConfigEntry) -> bool:
    """Set up an account from what is remembered of it; never wait for the cloud."""
    store = MemoryStore(hass, str(entry.unique_id))
    memory = await store.load()
    cloud = create_cloud(create_session(hass), entry.data, memory.dialect, memory.wait)
    account = Account(hass, entry, cloud, store, memory)
    await account.apply_inventory()
    await account.refresh_alarms()
    await account.judge_freshness()
    entry.runtime_data = account
    entry.async_on_unload(account.stop_watching)
    entry.async_on_unload(account.close)
    account.acknowledgements.start()
    entry.async_on_unload(account.acknowledgements.stop)
    await sync_devices(account)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    write_statistics(account)
    cycles = Coordinators(account)
    account.on_stop = cycles.stop
    cycles.start()
    async_show_issues(account)
    return True


def write_statistics(account: Account) -> None:
    """Write long-term statistics, if there is a recorder: it brings what is needed for that."""
    if DATA_INSTANCE not in account.hass.data:
        return
    from .statistics.writer import StatisticsWriter  # noqa: PLC0415

    writer = StatisticsWriter(account)
    account.entry.async_on_unload(writer.start())
    account.on_history = writer.ask


async def async_unload_entry(hass: HomeAssistant, entry: TestoConfigEntry) -> bool:
    """Unload an account; what was learnt is kept."""
    account = entry.runtime_data
    if entry.disabled_by is not None:
        async_forget_issues(hass, account.tenant)
    await async_cancel_imports(account)
    await account.stop()
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: TestoConfigEntry) -> None:
    """Delete what was stored of an account."""
    tenant = str(entry.unique_id)
    async_forget_issues(hass, tenant)
    await MemoryStore(hass, tenant).remove()
    await hass.async_add_executor_job(Ledger(ledger_path(hass, tenant)).remove)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: TestoConfigEntry, device: AnyDeviceEntry
) -> bool:
    """Let a user remove a device that the account no longer has.

    Of one that is not loaded, that is what is remembered of it.
    """
    tenant = str(entry.unique_id)
    if entry.state is ConfigEntryState.LOADED:
        found = entry.runtime_data.instruments
    else:
        memory = await MemoryStore(hass, tenant).load()
        sites = chosen_sites(entry.options)
        found = [*instruments(memory.inventory.only(sites))]
    return present_devices(tenant, found).isdisjoint(device.identifiers)
