"""testo Smart Connect: professional data loggers in Home Assistant."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import AnyDeviceEntry
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .account.account import Account, TestoConfigEntry
from .account.devices import present_devices, sync_devices
from .account.import_progress import cancel_imports
from .account.issues import async_forget_issues, async_show_issues
from .account.settings import chosen_sites
from .account.settings_logins import (
    companions_of,
    forget_entities,
    left_devices,
    reload_when_changed,
)
from .account.store import MemoryStore, ledger_path
from .actions import async_setup_actions
from .actions.import_history import import_since
from .clouds.base import History
from .const import DOMAIN
from .coordinators.group import Coordinators
from .coordinators.webhook import remove_address
from .dashboard import async_setup_dashboard
from .exports.retention import async_keep_clean
from .exports.view import async_setup_view
from .history.ledger import Ledger
from .kinds.base import Connection
from .kinds.sessions import create_session, shared
from .kinds.table import kind_of
from .monitoring.instruments import instruments
from .monitoring.reviews import still_kept
from .moving.journal import remove as remove_move
from .moving.journal import settle

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.DATE,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SENSOR,
)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions, so that automations can be checked while no account is loaded.

    The dashboard comes along, once, whatever becomes of the accounts.
    """
    async_setup_actions(hass)
    async_setup_view(hass)
    await async_setup_dashboard(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: TestoConfigEntry) -> bool:
    """Set up an account from what is remembered of it; never wait for the cloud."""
    try:
        kind = kind_of(entry.data)
    except KeyError:
        raise ConfigEntryError(translation_domain=DOMAIN, translation_key="unknown_kind") from None
    await settle(hass, entry.entry_id, entry.unique_id)
    store = MemoryStore(hass, str(entry.unique_id))
    memory = await store.load()
    memory.reviews = still_kept(memory.reviews, dt_util.utcnow())
    session = create_session(hass)
    cloud = kind.connect(
        Connection(
            session=session,
            data=entry.data,
            learnt=memory.learnt,
            secret=memory.secret,
            wait=memory.wait,
            shared=shared(hass),
        )
    )
    account = Account(hass, entry, kind, cloud, store, memory)
    left = left_devices(account)
    account.companions.take(companions_of(account, session), left)
    await account.derive_all()
    entry.runtime_data = account
    forget_entities(account)
    reload_when_changed(account)
    entry.async_on_unload(account.clock.stop)
    entry.async_on_unload(account.close)
    account.acknowledgements.start()
    entry.async_on_unload(account.acknowledgements.stop)
    await sync_devices(account, is_new=False)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    write_statistics(account)
    Coordinators(account).start()
    if memory.import_since is not None:
        since, memory.import_since = memory.import_since, None
        await import_since(account, since)
    async_show_issues(account)
    async_keep_clean(hass, entry)
    return True


def write_statistics(account: Account) -> None:
    """Write long-term statistics, if there is a recorder: it brings what is needed for that.

    Those of an account without a history are Home Assistant's own.
    """
    if DATA_INSTANCE not in account.hass.data or account.cloud.traits.history is History.NONE:
        return
    from .statistics.writer import StatisticsWriter  # noqa: PLC0415  it needs the recorder

    writer = StatisticsWriter(account)
    account.entry.async_on_unload(writer.start())
    account.entry.async_on_unload(account.history_changed.listen(writer.ask))


async def async_unload_entry(hass: HomeAssistant, entry: TestoConfigEntry) -> bool:
    """Unload an account; what was learnt is kept."""
    account = entry.runtime_data
    if entry.disabled_by is not None:
        async_forget_issues(hass, account.tenant)
    await cancel_imports(account)
    await account.stop()
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: TestoConfigEntry) -> None:
    """Delete what was stored of an account."""
    tenant = str(entry.unique_id)
    async_forget_issues(hass, tenant)
    await remove_move(hass, entry.entry_id)
    store = MemoryStore(hass, tenant)
    if "cloud" in hass.config.components:
        await remove_address(hass, (await store.load()).webhook)
    await store.remove()
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
        inventory = memory.inventory.only(chosen_sites(entry.options))
        found = [*instruments(inventory, kind_of(entry.data).mark)]
    return present_devices(tenant, found).isdisjoint(device.identifiers)
