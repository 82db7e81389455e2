"""When the devices of an account have to be calibrated, as their owner entered it.

The dates are kept by serial with all else that is remembered of the account, not by Home
Assistant's own memory of states: that one is by entity id and ends a week after the entity.
So they stay when a device goes and returns, when a probe is plugged into another logger or a
radio sensor is received by another gateway, and when entities are named anew.
"""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256

from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..monitoring.calibration import (
    Calibrated,
    CalibrationNotice,
    calibrated,
    calibration_notice,
)
from ..monitoring.instruments import Instrument
from ..monitoring.model import Sensor
from ..texts import bullet, day, escaped
from .account import Account
from .issue import Issue, words

_MOST_LISTED = 20
"""Whoever has more to do begins with the first."""


def calibration_due(
    account: Account, instrument: Instrument, probe: Sensor | None = None
) -> date | None:
    """Return when an instrument has to be calibrated, or one probe of it; None if nobody said.

    Where a logger and its probes have dates of their own, the first of them counts.
    """
    dates = (_entered(account, one) for one in calibrated(instrument, probe))
    return min((due for due in dates if due is not None), default=None)


def calibration_issues(account: Account) -> Iterator[Issue]:
    """Yield the issue that lists what is to be calibrated within 60 days, the first first."""
    today = dt_util.now().date()
    found = sorted(
        (
            (due, one.name, one.serial, notice)
            for one, due in _dates(account)
            if (notice := calibration_notice(due, today)) is not None
        ),
    )
    if not found:
        return
    lines = [
        bullet(f"{escaped(f'{name} ({serial})')}: {day(account.hass, due)}")
        for due, name, serial, _ in found
    ]
    more = ["- …"] if lines[_MOST_LISTED:] else []
    # One of its own for whatever it tells, so that who ignored one is told of the next device,
    # and again of the same when its date is near and when it has passed.
    told = sorted(f"{serial} {notice}" for *_, serial, notice in found)
    yield Issue(
        name="calibration_due",
        translation_key="calibration_due",
        section="calibration-due",
        suffix=sha256("\n".join(told).encode()).hexdigest()[:8],
        translation_placeholders=words(account, devices="\n".join([*lines[:_MOST_LISTED], *more])),
        severity=ir.IssueSeverity.WARNING
        if all(notice is CalibrationNotice.AHEAD for *_, notice in found)
        else ir.IssueSeverity.ERROR,
    )


def _dates(account: Account) -> Iterator[tuple[Calibrated, date]]:
    """Yield the dates of all devices that are in use."""
    if not account.memory.calibrations:
        return
    for instrument in account.instruments:
        if instrument.device.active:
            for one in calibrated(instrument):
                if (due := _entered(account, one)) is not None:
                    yield one, due


def _entered(account: Account, one: Calibrated) -> date | None:
    """Return the date of one device; what is switched off is not there.

    A date cannot be emptied in Home Assistant, so that switching it off is the way to end it.
    """
    due = account.memory.calibrations.get(one.serial)
    if due is None:
        return None
    registry = er.async_get(account.hass)
    entity = registry.async_get(registry.async_get_entity_id("date", DOMAIN, one.unique_id) or "")
    if entity is None or entity.disabled or entity.config_entry_id != account.entry.entry_id:
        return None
    return due
