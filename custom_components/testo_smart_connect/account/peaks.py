"""How far an excursion went: the most extreme reading of an alarm that is over."""

from collections.abc import Sequence
from dataclasses import replace

from ..clouds.base import History
from ..history.extremes import extreme
from ..history.ledger import Ledger
from ..history.ledger_file import LedgerError
from ..monitoring.alarm_state import AlarmEvent
from ..monitoring.alarm_view import channels_of
from ..monitoring.sources import Sources
from .account import Account


async def with_peaks(account: Account, events: Sequence[AlarmEvent]) -> Sequence[AlarmEvent]:
    """Return events with the extremes of those episodes that have ended."""
    if all(event.raised for event in events):
        return events
    ledger = None if account.cloud.traits.history is History.NONE else account.ledger
    sources = account.view.topology.sources
    return await account.hass.async_add_executor_job(
        lambda: [_with_peak(event, ledger, sources) for event in events]
    )


def _with_peak(event: AlarmEvent, ledger: Ledger | None, sources: Sources) -> AlarmEvent:
    """Return an event with the most extreme of what was measured and what the alarm says."""
    episode = event.episode
    facts, raised, cleared = episode.facts, episode.raised, episode.cleared
    if event.raised or facts.direction is None or raised is None or cleared is None:
        return event
    highest = facts.direction == "upper"
    found = [raised.value] if raised.value is not None else []
    if ledger is not None:
        times = raised.at, max(raised.at, cleared.at)
        try:
            measured = extreme(
                ledger, channels_of(facts, sources), times, facts.unit, highest=highest
            )
        except LedgerError:
            # The readings coordinator tells of it.
            measured = None
        found += [] if measured is None else [measured]
    return replace(event, peak=(max if highest else min)(found, default=None))
