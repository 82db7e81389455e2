"""One repair issue, before Home Assistant shows it."""

from dataclasses import dataclass

from homeassistant.helpers import issue_registry as ir

from ..texts import escaped
from .account import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One issue as Home Assistant shows it."""

    name: str
    """The beginning of its id, one of those that `issues` knows; the tenant follows."""
    translation_key: str
    section: str
    """Where the page on troubleshooting tells more."""
    translation_placeholders: dict[str, str]
    suffix: str | None = None
    """What ends the id, where there may be several of a name."""
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING
    data: dict[str, str | int | float | None] | None = None
    """What mends it has to know; None if nothing in Home Assistant does."""


def words(account: Account, **more: str) -> dict[str, str]:
    """Return what a text about an account is filled with; descriptions are Markdown."""
    return {"account": escaped(account.title), "maker": account.kind.maker, **more}
