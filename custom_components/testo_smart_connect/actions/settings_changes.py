"""Changing the settings of loggers: one at a time, each with an entry in the logbook."""

from asyncio import wait
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from typing import Any, Final

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ..account import logbook_entries
from ..account.account import Account
from ..account.companion import Companion
from ..clouds.errors import BadDataError, CloudError, LicenceError, RefusedError
from ..clouds.managed import (
    WRITING,
    ChangedElsewhereError,
    Cycle,
    HalfCreatedError,
    ManagedDevice,
    NotTakenError,
    SettingsDifferError,
    StoppedError,
    TimedCycle,
)
from ..const import DOMAIN
from ..errors import UNCLEAR, error_key, write_key
from ..texts import text
from .behind import name_of, shown_name

type Change = tuple[Cycle, TimedCycle, timedelta]
"""Which cycle, as it is now, and as it is to be."""

_MINUTE: Final = timedelta(minutes=1)
_KEYS: Final[tuple[tuple[type[CloudError], str], ...]] = (
    (SettingsDifferError, "settings_differ"),
    (StoppedError, "settings_differ"),
    (ChangedElsewhereError, "changed_elsewhere"),
    (NotTakenError, "not_taken"),
    (HalfCreatedError, "half_created"),
    (LicenceError, "settings_not_allowed"),
    (BadDataError, "settings_not_offered"),
    (RefusedError, "settings_refused"),
)
_IN_DOUBT: Final = (SettingsDifferError, NotTakenError, HalfCreatedError)
"""After these something was changed, or may be."""


def settings_error(err: CloudError) -> str:
    """Return the translation key of what went wrong, for a form that can be sent again."""
    return _known(err) or (UNCLEAR if write_key(err) == UNCLEAR else error_key(err))


def _known(err: CloudError) -> str | None:
    if isinstance(err, BadDataError) and err.doing == WRITING:
        # It was sent: that nobody understands the answer does not mean that nothing was done.
        return None
    return next((key for kind, key in _KEYS if isinstance(err, kind)), None)


def settings_failure(
    account: Account, companion: Companion, site: str, err: CloudError
) -> HomeAssistantError:
    """Return what is raised where a setting could not be read or changed: nobody tries again.

    The site need not be that of the login.
    """
    key = _known(err) or write_key(err)
    if isinstance(err, StoppedError):
        key = "settings_stopped"
    elif key == "invalid_auth":
        # Whoever reads it may know but that of the account.
        key = "settings_login_rejected"
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={
            "maker": account.kind.maker,
            "detail": str(err),
            "site": account.site_title(site),
            "login": companion.title,
        },
    )


def check_writable(account: Account, companion: Companion, site: str) -> None:
    """Raise where nothing is to be changed: the user has not allowed it, or has to look first."""
    key = None
    if not companion.may_write:
        key = "read_only"
    elif companion.kept.stopped is not None:
        key = "settings_stopped"
    if key is not None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"site": account.site_title(site)},
        )


def cycle_of(timed: TimedCycle, minutes: float) -> timedelta:
    """Return a cycle that was entered as its cloud can take it."""
    return round(timedelta(minutes=minutes) / timed.unit) * timed.unit


async def to_its_end[T](hass: HomeAssistant, change: Coroutine[Any, Any, T]) -> T:
    """Make a change, and look at what became of it, also if who wanted it no longer waits.

    An automation that begins anew ends what it is doing.
    """
    task = hass.async_create_task(change, "settings change")
    # Whom nobody waits for any more fails in silence: what is wrong is to be seen in the repairs.
    task.add_done_callback(lambda it: it.cancelled() or it.exception())
    await wait((task,))
    return task.result()


async def change_cycle(  # noqa: PLR0913  what is changed, of what, and in whose name
    account: Account,
    companion: Companion,
    site: str,
    device: ManagedDevice,
    change: Change,
    *,
    context: Context,
    entity_id: str | None = None,
) -> ManagedDevice:
    """Change a cycle of a device, and return it as it is then. May raise a CloudError."""
    cycle, before, value = change
    words = {
        "what": await text(account.hass, cycle),
        "serial": device.serial,
        "before": _told(before.value),
        "after": _told(value),
    }
    try:
        after = await companion.set_cycle(site, device, cycle, value, before.unit)
    except CloudError as err:
        await note_failure(account, "cycle_changed", err, context, entity_id, **words)
        raise
    if value != before.value:
        await note_change(account, "cycle_changed", context, entity_id, **words)
    return after


async def create_site(account: Account, companion: Companion, site: str, context: Context) -> str:
    """Create a site, and return its connect key. May raise a CloudError."""
    try:
        async with companion.changing(site):
            key = await companion.management.create_site(site)
    except CloudError as err:
        await note_failure(account, "site_created", err, context, site=account.site_title(site))
        raise
    await note_change(account, "site_created", context, site=account.site_title(site))
    return key


async def note_change(
    account: Account,
    key: str,
    context: Context,
    entity_id: str | None = None,
    **words: str,
) -> None:
    """Write into the logbook who changed what."""
    words = await _with_name(account.hass, context, words)
    await logbook_entries.write(account.hass, entity_id, key, context, **words)


async def note_failure(
    account: Account,
    key: str,
    err: CloudError,
    context: Context,
    entity_id: str | None = None,
    **words: str,
) -> None:
    """Write the same with what is not certain of it, unless surely nothing was changed."""
    if not isinstance(err, _IN_DOUBT) and settings_error(err) != UNCLEAR:
        return
    doubt = "limits_unconfirmed" if isinstance(err, HalfCreatedError) else "unconfirmed"
    hass = account.hass
    what = await text(hass, key, **await _with_name(hass, context, words))
    await logbook_entries.write(hass, entity_id, doubt, context, what=what)


async def _with_name(
    hass: HomeAssistant, context: Context, words: Mapping[str, str]
) -> dict[str, str]:
    """Return what a sentence is filled with, and who stands behind it."""
    return {**words, "by": await shown_name(hass, await name_of(hass, context.user_id))}


def _told(value: timedelta) -> str:
    """Return a cycle as it stands in a sentence."""
    return f"{value / _MINUTE:g} min"
