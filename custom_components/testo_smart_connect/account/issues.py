"""Repair issues: what only a person can mend, derived from what is known of an account."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from ..clouds.base import PushState
from ..clouds.errors import LicenceError, TooLargeError
from ..const import DOMAIN, TROUBLESHOOTING
from ..history.gaps import Gap, lasting
from ..history.hours import HOUR
from ..monitoring.instruments import Instrument
from ..monitoring.model import KeyNotice
from ..texts import bullet, day, escaped, minute
from .account import Account
from .calibrations import calibration_issues
from .companion_issues import DIFFER, LOGIN, PERMISSION, companion_issues
from .issue import Issue, words
from .words import reason_word, resource_list, resource_word

_SEVERAL = ("gap", "calibration_due", LOGIN, DIFFER, PERMISSION)
"""Names of issues of which there may be several: what each is about ends their ids."""
_NAMES = (
    *(f"key_expires_{notice}" for notice in KeyNotice),
    *(
        "no_permission",
        "push_refused",
        "move_to_smart_connect",
        "calls_running_out",
        "deprecated",
        "misread",
        "too_large",
        "conflicting_limits",
        "gaps",
    ),
    *_SEVERAL,
)
_MOST_GAPS = 5
"""Instruments that are told of one by one; beyond it one issue counts them."""
_TOO_OFTEN = 2
"""Failed reads in a row; one answer may be wrong."""
_MISREAD = timedelta(minutes=10)
"""A file may be broken once; what is wrong in the next read as well is the interface."""


@callback
def async_show_issues(account: Account) -> None:
    """Show what there is to mend, and take back what is mended.

    Without a change this costs nothing, so that whoever learnt something may call it.
    """
    hass, tenant = account.hass, account.tenant
    wanted = {_id(tenant, issue): issue for issue in _issues(account, dt_util.utcnow())}
    for issue_id, shown in _shown(hass, tenant):
        # One from before the start may have been ignored, and may come back.
        if shown.active and issue_id not in wanted:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
    for issue_id, issue in wanted.items():
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            data=issue.data,
            is_fixable=issue.data is not None,
            is_persistent=False,
            learn_more_url=f"{TROUBLESHOOTING}#{issue.section}",
            severity=issue.severity,
            translation_key=issue.translation_key,
            translation_placeholders=issue.translation_placeholders,
        )


@callback
def async_forget_issues(hass: HomeAssistant, tenant: str) -> None:
    """Take back all issues of an account that is removed or switched off."""
    for issue_id, _ in _shown(hass, tenant):
        ir.async_delete_issue(hass, DOMAIN, issue_id)


def _id(tenant: str, issue: Issue) -> str:
    return "_".join(filter(None, (issue.name, tenant, issue.suffix)))


def _shown(hass: HomeAssistant, tenant: str) -> list[tuple[str, ir.IssueEntry]]:
    tenants = {str(entry.unique_id) for entry in hass.config_entries.async_entries(DOMAIN)}
    tenants.add(tenant)
    return [
        (issue_id, issue)
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and _tenant_of(issue_id, tenants) == tenant
    ]


def _tenant_of(issue_id: str, tenants: Collection[str]) -> str | None:
    """Return whose issue it is: of several accounts whose ids would fit, the longest."""
    fitting = (
        tenant
        for tenant in tenants
        for name in _NAMES
        if issue_id == f"{name}_{tenant}"
        or (name in _SEVERAL and issue_id.startswith(f"{name}_{tenant}_"))
    )
    return max(fitting, key=len, default=None)


def _issues(account: Account, now: datetime) -> Iterator[Issue]:
    yield from _key(account)
    yield from _licence(account)
    yield from _push(account)
    yield from _move(account)
    yield from _calls(account)
    yield from _deprecated(account)
    yield from _misread(account)
    yield from _too_large(account)
    yield from _gaps(account, now)
    yield from calibration_issues(account)
    yield from companion_issues(account)


def _key(account: Account) -> Iterator[Issue]:
    life = account.key_life
    notice = life.notice(dt_util.now().date()) if life else None
    if life is None or notice is None:
        return
    week = notice is KeyNotice.WEEK
    yield Issue(
        # One of its own, so that who ignored the first is told again.
        name=f"key_expires_{notice}",
        translation_key="key_expires" if life.expires else "key_age",
        section="the-api-key-expires",
        translation_placeholders=words(
            account, date=day(account.hass, life.ends), entered=day(account.hass, life.entered)
        ),
        severity=ir.IssueSeverity.ERROR if week else ir.IssueSeverity.WARNING,
        data={"entry_id": account.entry.entry_id},
    )


def _licence(account: Account) -> Iterator[Issue]:
    health = account.health
    refused = {str(it) for it, err in health.errors.items() if isinstance(err, LicenceError)}
    refused.update(name for report in health.reports.values() for name in report.denied)
    if refused:
        yield Issue(
            name="no_permission",
            translation_key="no_permission" if account.key_life else "no_permission_login",
            section="the-api-add-on-is-missing",
            translation_placeholders=words(account, resources=resource_list(account.hass, refused)),
            severity=ir.IssueSeverity.WARNING
            if refused.isdisjoint(health.essential)
            else ir.IssueSeverity.ERROR,
        )


def _push(account: Account) -> Iterator[Issue]:
    if account.push is PushState.REFUSED:
        callbacks = account.cloud.traits.callbacks
        yield Issue(
            name="push_refused",
            translation_key="no_address" if callbacks else "push_refused",
            section="alarms-are-not-pushed",
            translation_placeholders=words(account),
        )


def _move(account: Account) -> Iterator[Issue]:
    if account.kind.successor is not None:
        yield Issue(
            name="move_to_smart_connect",
            translation_key="move_to_smart_connect",
            section="move-to-smart-connect",
            translation_placeholders=words(account),
            data={"entry_id": account.entry.entry_id, "step": "migrate"},
        )


def _calls(account: Account) -> Iterator[Issue]:
    if account.pace.is_scarce:
        yield Issue(
            name="calls_running_out",
            translation_key="calls_running_out",
            section="the-calls-run-out",
            translation_placeholders=words(
                account,
                left=str(account.memory.budget.left),
                days=str(account.pace.days_left),
            ),
            severity=ir.IssueSeverity.WARNING
            if account.memory.budget.left
            else ir.IssueSeverity.ERROR,
        )


def _deprecated(account: Account) -> Iterator[Issue]:
    told = [report for report in account.health.reports.values() if report.deprecated]
    if not told:
        return
    ends = min((report.sunset for report in told if report.sunset), default=None)
    yield Issue(
        name="deprecated",
        translation_key="deprecated_until" if ends else "deprecated",
        section="testo-replaces-an-interface",
        translation_placeholders=words(
            account,
            resources=resource_list(account.hass, (report.resource for report in told)),
            date=day(account.hass, dt_util.as_local(ends)) if ends else "",
        ),
    )


def _misread(account: Account) -> Iterator[Issue]:
    lines = [
        f"- {resource_word(account.hass, resource)}: "
        + ", ".join(
            f"{reason_word(account.hass, reason)} ({reason}: {count})" for reason, count in reasons
        )
        for resource, report in sorted(account.health.reports.items())
        if report.misread_for >= _MISREAD and (reasons := sorted(report.rejected.items()))
    ]
    if lines:
        yield _of_account(account, "misread", "data-that-cannot-be-read", lines)


def _too_large(account: Account) -> Iterator[Issue]:
    health = account.health
    lines = [
        f"- {resource_word(account.hass, resource)}"
        for resource, err in sorted(health.errors.items())
        if isinstance(err, TooLargeError) and health.failures[resource] >= _TOO_OFTEN
    ]
    if lines:
        yield _of_account(account, "too_large", "too-much-data", lines)


def _of_account(account: Account, name: str, section: str, lines: Iterable[str]) -> Issue:
    """Return an issue that lists reasons."""
    return Issue(
        name=name,
        translation_key=name,
        section=section,
        translation_placeholders=words(account, reasons="\n".join(lines)),
    )


def _gaps(account: Account, now: datetime) -> Iterator[Issue]:
    gaps = lasting(account.memory.gaps, now)
    if not gaps:
        return
    owners = {uuid: serial for (uuid, _), serial in account.view.topology.owner.items()}
    found: dict[str, list[Gap]] = {}
    for gap in gaps:
        # A sensor that went is nobody's worry any more.
        if gap.sensor in owners:
            found.setdefault(owners[gap.sensor], []).append(gap)
    if len(found) > _MOST_GAPS:
        yield _many_gaps(
            account, [account.view.topology.instruments[serial] for serial in sorted(found)]
        )
        return
    for serial, mine in found.items():
        yield Issue(
            name="gap",
            translation_key="gap",
            section="gaps-in-the-history",
            suffix=serial,
            translation_placeholders=words(
                account, **_told(account.hass, account.view.topology.instruments[serial], mine)
            ),
        )


def _many_gaps(account: Account, instruments: Sequence[Instrument]) -> Issue:
    """Return the issue that stands for all instruments that lack readings, and names the first."""
    lines = [
        bullet(escaped(f"{instrument.name} ({instrument.serial})"))
        for instrument in instruments[:_MOST_GAPS]
    ]
    return Issue(
        name="gaps",
        translation_key="gaps",
        section="gaps-in-the-history",
        translation_placeholders=words(
            account, number=str(len(instruments)), instruments="\n".join([*lines, "- …"])
        ),
    )


def _told(hass: HomeAssistant, instrument: Instrument, gaps: Iterable[Gap]) -> dict[str, str]:
    """Return what an issue tells: times in Home Assistant's time zone."""
    # Probes of one logger lack the same hours.
    hours = {hour for gap in gaps for hour in gap.hours}
    return {
        "name": escaped(instrument.name),
        "serial": escaped(instrument.serial),
        "hours": str(len(hours)),
        "start": minute(hass, min(hours)),
        "end": minute(hass, max(hours) + HOUR),
    }
