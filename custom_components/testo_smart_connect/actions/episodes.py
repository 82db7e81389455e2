"""testo's own alarms of a stretch of time: remembered ones, and older ones that are read."""

from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from homeassistant.util import dt as dt_util

from ..account.account import Account
from ..clouds.base import Alarms
from ..clouds.errors import CloudError
from ..history.ranges import windows
from ..monitoring.alarm_view import channels_of
from ..monitoring.alarms import FIRST_LOOK
from ..monitoring.episodes import Episode
from ..monitoring.instruments import InstalledChannel
from ..monitoring.model import ChannelKey, Transition
from ..monitoring.report_model import Acknowledged, Direction, ReportAlarm
from ..monitoring.window import Window
from .past import unread

_DIRECTIONS: Final[dict[str, Direction]] = {"lower": "lower", "upper": "upper"}


async def episodes_of(
    account: Account, channels: Collection[InstalledChannel], window: Window
) -> tuple[tuple[Episode, str], ...]:
    """Return the episodes of some channels and their devices that touch a window, by time.

    Each with the serial of the device that it is shown on. Raises a HomeAssistantError if what
    is no longer remembered cannot be read.
    """
    owner, keys = account.view.topology.owner, {it.key for it in channels}
    owners = {owner[key] for key in keys}
    found = [
        (episode, serial)
        for episode in await _known(account, window)
        if _touches(episode, window)
        for serial in _serials(account, episode, keys, owners)
    ]
    return tuple(sorted(found, key=lambda it: it[0].moment))


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
        reason=facts.reason if facts.direction else facts.condition,
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


def _serials(
    account: Account, episode: Episode, keys: AbstractSet[ChannelKey], owners: Collection[str]
) -> Iterator[str]:
    """Yield the device of an episode, if that or one of its channels is meant."""
    sources = account.view.topology.sources
    place = sources.find(episode.facts)
    if place is None:
        return
    shown = channels_of(episode.facts, sources)
    if place.owner in owners and (not shown or not keys.isdisjoint(shown)):
        yield place.owner
