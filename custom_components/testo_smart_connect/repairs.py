"""Repair issues: what only a person can mend."""

from collections.abc import Container
from datetime import datetime

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .account import Account
from .const import DOMAIN
from .monitoring.gaps import Gap, lasting
from .monitoring.history import HOUR
from .monitoring.things import Thing

_GAP = "gap"
_DOCS = "https://github.com/testo-smart-connect/home-assistant#gaps-in-the-history"


@callback
def show_gaps(account: Account, now: datetime) -> None:
    """Show one issue for each logger whose readings were lost, and take back the others."""
    hass, tenant = account.hass, account.tenant
    owners = {uuid: serial for (uuid, _), serial in account.shape.owner.items()}
    found: dict[str, list[Gap]] = {}
    for gap in lasting(account.memory.gaps, now):
        found.setdefault(owners[gap.sensor], []).append(gap)
    wanted = {
        f"{_GAP}_{tenant}_{serial}": _told(account.shape.things[serial], gaps)
        for serial, gaps in found.items()
    }
    _take_back(hass, tenant, keep=wanted)
    for issue_id, placeholders in wanted.items():
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            is_persistent=False,
            learn_more_url=_DOCS,
            severity=ir.IssueSeverity.WARNING,
            translation_key=_GAP,
            translation_placeholders=placeholders,
        )


@callback
def async_forget_issues(hass: HomeAssistant, tenant: str) -> None:
    """Take back all issues of an account that is removed."""
    _take_back(hass, tenant, keep=())


def _take_back(hass: HomeAssistant, tenant: str, keep: Container[str]) -> None:
    for domain, issue_id in tuple(ir.async_get(hass).issues):
        if domain == DOMAIN and issue_id.startswith(f"{_GAP}_{tenant}_") and issue_id not in keep:
            ir.async_delete_issue(hass, DOMAIN, issue_id)


def _told(thing: Thing, gaps: list[Gap]) -> dict[str, str]:
    """Return what an issue tells: times in Home Assistant's time zone."""
    # Probes of one logger lack the same hours.
    hours = {hour for gap in gaps for hour in gap.hours}
    start, end = dt_util.as_local(min(hours)), dt_util.as_local(max(hours) + HOUR)
    return {
        "name": thing.name,
        "serial": thing.serial,
        "hours": str(len(hours)),
        "start": f"{start:%Y-%m-%d %H:%M}",
        "end": f"{end:%Y-%m-%d %H:%M}",
    }
