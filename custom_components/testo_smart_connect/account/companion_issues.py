"""What only a person can mend about the logins for settings."""

from collections.abc import Iterator

from homeassistant.helpers import issue_registry as ir

from ..clouds.errors import AuthenticationError, LicenceError, RefusedError
from ..texts import escaped, one_line
from .account import Account
from .companion import Companion
from .issue import Issue, words

LOGIN, DIFFER, PERMISSION = "settings_login", "settings_differ", "settings_permission"
_TOO_OFTEN = 2
"""Failed reads in a row; one answer may be wrong."""


def companion_issues(account: Account) -> Iterator[Issue]:
    """Yield what is to be mended."""
    for companion in account.companions:
        if isinstance(companion.error, AuthenticationError):
            yield _issue(account, companion, LOGIN)
        elif (
            isinstance(companion.error, (LicenceError, RefusedError))
            and companion.failures >= _TOO_OFTEN
        ):
            yield _issue(account, companion, PERMISSION)
        if companion.kept.stopped is not None:
            yield _issue(account, companion, DIFFER)


def _site(account: Account, companion: Companion) -> str:
    """Return where somebody has to look: a login may change other sites than its own."""
    at = companion.kept.stopped_at
    return (
        companion.title if at in {None, companion.site} else one_line(account.site_name(at) or "")
    )


def _issue(account: Account, companion: Companion, name: str) -> Issue:
    stopped = name == DIFFER
    return Issue(
        name=name,
        translation_key=name,
        section="settings-of-loggers",
        suffix=companion.subentry.subentry_id,
        severity=ir.IssueSeverity.ERROR if stopped else ir.IssueSeverity.WARNING,
        translation_placeholders=words(
            account,
            site=escaped(_site(account, companion) if stopped else companion.title),
            names=escaped(", ".join(companion.kept.stopped or ()) or "?"),
        ),
        data={
            "entry_id": account.entry.entry_id,
            "subentry_id": companion.subentry.subentry_id,
            "step": "go_on" if stopped else None,
        },
    )
