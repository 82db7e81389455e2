"""testo's own alarms of a stretch of time: remembered ones, and older ones that are read."""

from collections.abc import Mapping
from typing import Final

from homeassistant.util import dt as dt_util

from ..account.account import Account
from ..clouds.base import Alarms
from ..clouds.errors import CloudError
from ..history.ranges import windows
from ..monitoring.alarm_view import channels_of
from ..monitoring.alarms import FIRST_LOOK
from ..monitoring.episodes import Episode
from ..monitoring.model import Transition
from ..monitoring.report_model import Acknowledged, Direction, ReportAlarm
from ..monitoring.window import Window
from .past import unread
from .targets import Meant, MeantDevice

_DIRECTIONS: Final[dict[str, Direction]] = {"lower": "lower", "upper": "upper"}


async def episodes_of(
    account: Account, devices: Meant, window: Window
) -> tuple[tuple[Episode, MeantDevice], ...]:
    """Return the episodes of some devices of an account that touch a window, by time.

    Each with the device that it is shown on. Raises a HomeAssistantError if what is no longer
    remembered cannot be read.
    """
    by_serial = {it.instrument.serial: it for it in devices}
    found = [
        (episode, device)
        for episode in await _known(account, window)
        if _touches(episode, window)
        and (device := _device(account, episode, by_serial)) is not None
    ]
    return tuple(sorted(found, key=lambda it: it[0].moment))


def is_whole(account: Account, window: Window) -> bool:
    """Tell whether the alarms of a window are all that there were: a log has told them."""
    return account.cloud.traits.alarms is Alarms.LOG or account.memory.alarm_log.has_seen(
        window.start, window.end
    )


def alarm_of(account: Account, episode: Episode) -> ReportAlarm:
    """Return what is said of an episode."""
    facts, raised, cleared = episode.facts, episode.raised, episode.cleared
    said = account.memory.acknowledged.get(episode.id)
    return ReportAlarm(
        episode_id=episode.id,
        property=facts.property_name,
        extension=facts.extension,
        direction=_DIRECTIONS.get(facts.direction or ""),
        severity="system_alarm" if facts.system else episode.severity,
        value=facts.value,
        unit=facts.unit,
        limit=account.view.topology.limit_of(facts),
        reason=facts.reason if facts.direction else facts.condition or facts.reason,
        raised_at=raised.at if raised else None,
        cleared_at=cleared.at if cleared else None,
        open=cleared is None,
        acknowledged=Acknowledged(by=said.by, at=said.at, note=said.note) if said else None,
    )


async def _known(account: Account, window: Window) -> tuple[Episode, ...]:
    now, log = dt_util.utcnow(), account.memory.alarm_log
    until = now - FIRST_LOOK
    if window.start >= until or account.cloud.traits.alarms is not Alarms.LOG:
        return account.view.alarm_state.episodes
    rows: list[Transition] = []
    try:
        for since, end in windows(window.start, until, account.cloud.traits.longest_window):
            answer = await account.cloud.transitions(since, end)
            account.health.note_report(answer.report)
            rows += answer.value
    except CloudError as err:
        raise unread(account, err) from err
    topology, grace = account.view.topology, account.settings.grace
    return await account.hass.async_add_executor_job(
        lambda: log.learn(rows, window.start, now, now).state(topology, now, grace).episodes
    )


def _touches(episode: Episode, window: Window) -> bool:
    begins = episode.raised.at if episode.raised else episode.moment
    ends = episode.cleared.at if episode.cleared else None
    return begins < window.end and (ends is None or ends >= window.start)


def _device(
    account: Account, episode: Episode, by_serial: Mapping[str, MeantDevice]
) -> MeantDevice | None:
    """Return the device of an episode, if that as a whole or one of its channels is meant."""
    sources = account.view.topology.sources
    place = sources.find(episode.facts)
    device = by_serial.get(place.owner) if place else None
    shown = channels_of(episode.facts, sources)
    if device is None or (shown and not any(it.key in shown for it in device.channels)):
        return None
    return device
