"""The actions on sites: create one, get its connect key, set its time zone, have it watched."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any, Final
from zoneinfo import available_timezones

from homeassistant.const import ATTR_ENTITY_ID, ATTR_NAME, ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_config_entry, async_register_admin_service
import probatio

from ..account.account import Account, TestoConfigEntry
from ..account.companion import Companion
from ..account.issues import async_show_issues
from ..clouds.errors import CloudError
from ..const import ATTR_CONFIG_ENTRY_ID, CONF_SITE, DOMAIN
from ..monitoring.instruments import InstalledChannel
from .minutes import whole_minutes
from .settings_changes import (
    check_writable,
    create_site,
    note_change,
    note_failure,
    settings_failure,
    to_its_end,
)
from .watching import FARTHEST, LONGEST_DELAY, LONGEST_NAME, create_object, object_of

CREATE_SITE: Final = "create_site"
GET_CONNECT_KEY: Final = "get_connect_key"
SET_SITE_TIME_ZONE: Final = "set_site_time_zone"
CREATE_MEASURING_OBJECT: Final = "create_measuring_object"
ATTR_TIME_ZONE: Final = "time_zone"
_ATTR_LOWER, _ATTR_UPPER, _ATTR_DELAY = "lower", "upper", "delay"
_NAME = probatio.All(cv.string, str.strip, probatio.Length(min=1, max=LONGEST_NAME))
_SITE: Final[Mapping[Any, Any]] = {
    probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
    probatio.Required(CONF_SITE): _NAME,
}
_LIMIT = probatio.All(probatio.Coerce(float), probatio.Range(min=-FARTHEST, max=FARTHEST))
_OBJECT = probatio.Schema(
    {
        **_SITE,
        probatio.Required(ATTR_NAME): _NAME,
        probatio.Required(ATTR_ENTITY_ID): cv.entity_id,
        probatio.Optional(_ATTR_LOWER): _LIMIT,
        probatio.Optional(_ATTR_UPPER): _LIMIT,
        probatio.Optional(_ATTR_DELAY, default=0): probatio.All(
            probatio.Coerce(float), whole_minutes, probatio.Range(min=0, max=LONGEST_DELAY)
        ),
    }
)


@callback
def async_setup_manage_sites(hass: HomeAssistant) -> None:
    """Register the actions. A connect key lets loggers into the account: admins alone get it."""
    site = probatio.Schema(dict(_SITE))
    zoned = probatio.Schema({**_SITE, probatio.Required(ATTR_TIME_ZONE): cv.string})
    only, none = SupportsResponse.ONLY, SupportsResponse.NONE
    for action, work, schema, response in (
        (CREATE_SITE, _whole(_create_site), site, SupportsResponse.OPTIONAL),
        (GET_CONNECT_KEY, _get_key, site, only),
        (SET_SITE_TIME_ZONE, _whole(_set_zone), zoned, none),
        (CREATE_MEASURING_OBJECT, _whole(_create_object), _OBJECT, none),
    ):
        async_register_admin_service(hass, DOMAIN, action, work, schema, response)


def _whole[T](
    work: Callable[[ServiceCall], Coroutine[Any, Any, T]],
) -> Callable[[ServiceCall], Coroutine[Any, Any, T]]:
    """Let an action come to its end."""

    async def act(call: ServiceCall) -> T:
        return await to_its_end(call.hass, work(call))

    return act


async def _create_site(call: ServiceCall) -> dict[str, Any]:
    account, companion, site = _meant(call)
    check_writable(account, companion, site)
    try:
        key = await create_site(account, companion, site, call.context)
    except CloudError as err:
        raise settings_failure(account, companion, site, err) from err
    return {CONF_SITE: site, "connect_key": key}


async def _get_key(call: ServiceCall) -> dict[str, Any]:
    account, companion, site = _meant(call)
    try:
        key = await companion.management.connect_key(site)
    except CloudError as err:
        raise settings_failure(account, companion, site, err) from err
    return {CONF_SITE: site, "connect_key": key}


async def _set_zone(call: ServiceCall) -> None:
    account, companion, site = _meant(call)
    check_writable(account, companion, site)
    zone: str = call.data[ATTR_TIME_ZONE].strip()
    if zone not in await call.hass.async_add_executor_job(available_timezones):
        raise _invalid("no_time_zone", zone=zone)
    words = {"site": account.site_title(site), "after": zone}
    try:
        before = await companion.set_time_zone(site, zone)
    except CloudError as err:
        await note_failure(account, "time_zone_set", err, call.context, **words)
        raise settings_failure(account, companion, site, err) from err
    finally:
        async_show_issues(account)
    if before != zone:
        await note_change(account, "time_zone_changed", call.context, before=before, **words)


async def _create_object(call: ServiceCall) -> None:
    account, companion, site = _meant(call)
    check_writable(account, companion, site)
    entity_id: str = call.data[ATTR_ENTITY_ID]
    installed = _channel(call.hass, account, entity_id)
    unit = companion.management.settable.get(installed.channel.quantity)
    if unit is None:
        raise _invalid("not_settable", entity=entity_id)
    state = call.hass.states.get(entity_id)
    shown = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None
    wanted = object_of(
        installed,
        call.data[ATTR_NAME],
        (call.data.get(_ATTR_LOWER), call.data.get(_ATTR_UPPER)),
        timedelta(minutes=call.data[_ATTR_DELAY]),
        (shown or installed.channel.unit, unit),
    )
    if isinstance(wanted, str):
        raise _invalid(wanted)
    try:
        await create_object(account, companion, site, wanted, call.context)
    except CloudError as err:
        raise settings_failure(account, companion, site, err) from err


def _meant(call: ServiceCall) -> tuple[Account, Companion, str]:
    """Return the account, the login and the site as the cloud knows it."""
    entry: TestoConfigEntry = async_get_config_entry(
        call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID)
    )
    account, site = entry.runtime_data, call.data[CONF_SITE]
    if not account.kind.companion:
        raise _invalid("not_offered", account=account.title, kind=account.kind.product)
    own = account.companions.named(site, account.site_name)
    named = own.site if own else site
    companion = account.companions.of_site(named)
    if companion is None:
        raise _invalid("no_settings_login", account=account.title)
    return account, companion, named


def _channel(hass: HomeAssistant, account: Account, entity_id: str) -> InstalledChannel:
    entity = er.async_get(hass).async_get(entity_id)
    ours = entity is not None and entity.config_entry_id == account.entry.entry_id
    found = account.view.topology.read_back(entity.unique_id) if entity and ours else None
    if found is None:
        raise _invalid("no_channel", entity=entity_id)
    return found[0]


def _invalid(key: str, **words: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=words
    )
