"""What only a person can mend about the logins for settings."""

from collections.abc import Iterator

from homeassistant.helpers import issue_registry as ir

from ..clouds.errors import AuthenticationError, LicenceError, RefusedError
from ..texts import escaped
from .account import Account
from .companion import Companion
from .issue import Issue, words
from .words import found_word

LOGIN, DIFFER, PERMISSION = "settings_login", "settings_differ", "settings_permission"
_SECTION = "settings-of-loggers"
_TOO_OFTEN = 2
"""Failed reads in a row; one answer may be wrong."""


def companion_issues(account: Account) -> Iterator[Issue]:
    """Yield what is to be mended."""
    for companion in account.companions:
        if isinstance(companion.error, AuthenticationError):
            yield _of_login(account, companion, LOGIN)
        elif (
            isinstance(companion.error, (LicenceError, RefusedError))
            and companion.failures >= _TOO_OFTEN
        ):
            yield _of_login(account, companion, PERMISSION)
    for login, kept in account.memory.companions.items():
        # Also of one that is there no more: others change nothing at the site until then.
        if kept.stopped_at is not None:
            yield Issue(
                name=DIFFER,
                translation_key=DIFFER,
                section=_SECTION,
                suffix=login,
                severity=ir.IssueSeverity.ERROR,
                translation_placeholders=words(
                    account,
                    site=escaped(account.site_title(kept.stopped_at)),
                    found=found_word(account.hass, kept.stopped or ()),
                ),
                data={**_about(account, login), "step": "go_on"},
            )


def _of_login(account: Account, companion: Companion, name: str) -> Issue:
    login = companion.subentry.subentry_id
    return Issue(
        name=name,
        translation_key=name,
        section=_SECTION,
        suffix=login,
        translation_placeholders=words(account, site=escaped(companion.title)),
        data={**_about(account, login), "step": None},
    )


def _about(account: Account, login: str) -> dict[str, str]:
    """Return which login what mends it is about."""
    return {"entry_id": account.entry.entry_id, "subentry_id": login}
