"""What is remembered of an account that moves: what people entered, and what they said."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..account.account import Account
from ..account.memory import Memory
from ..kinds.first_look import Found
from ..monitoring.acknowledgements import Acknowledgement, Inherited, counterparts
from ..monitoring.alarm_view import channels_of
from ..monitoring.alarms import AlarmLog
from ..monitoring.matching import Match
from ..monitoring.model import ChannelKey, Transition
from ..monitoring.register import DeviceRegister
from ..monitoring.sources import Sources
from .plan import Plan


def carried(account: Account, found: Found, matches: Iterable[Match], plan: Plan) -> Memory:
    """Return what is remembered of the account after the move.

    Loggers keep their serials, and what is remembered by them.
    """
    before, channels = account.memory, _channels(matches)
    return Memory(
        register=DeviceRegister(inventory=found.inventory),
        locations=found.names.locations,
        equipments=found.names.equipments,
        learnt={**found.learnt},
        secret={**found.secret},
        alarm_log=AlarmLog(told_until=before.alarm_log.read),
        snoozed=before.snoozed,
        quiet=before.quiet,
        calibrations=before.calibrations,
        reviews=before.reviews,
        kept=frozenset(plan.kept),
        inherited=tuple(_inherited(account, channels)),
    )


def _channels(matches: Iterable[Match]) -> Mapping[ChannelKey, ChannelKey]:
    return {it.old.key: it.new.key for it in matches if it.new is not None}


def _inherited(account: Account, channels: Mapping[ChannelKey, ChannelKey]) -> Iterable[Inherited]:
    """Yield what was said of open alarms; not of one that there are several of already here."""
    active, sources = account.view.alarm_state.active, account.view.topology.sources
    for episode in active:
        said = account.memory.acknowledged.get(episode.id)
        if said is not None:
            yield from (
                moved
                for it in _told(episode.facts, said, sources)
                if counterparts(it, active, sources) and (moved := _moved(it, channels)) is not None
            )


def _told(facts: Transition, said: Acknowledgement, sources: Sources) -> Iterable[Inherited]:
    """Yield what was said of an alarm, for each channel that it may mean."""
    place = sources.find(facts)
    if facts.system and place is not None:
        yield Inherited(serial=place.owner, of_sensor=facts.of_sensor, at=facts.at, said=said)
    for sensor, number in channels_of(facts, sources):
        yield Inherited(
            sensor=sensor, number=number, direction=facts.direction, at=facts.at, said=said
        )


def _moved(it: Inherited, channels: Mapping[ChannelKey, ChannelKey]) -> Inherited | None:
    """Return it as of where the account moves to, None of a channel without a counterpart."""
    if it.sensor is None or it.number is None:
        return it
    new = channels.get((it.sensor, it.number))
    return None if new is None else replace(it, sensor=new[0], number=new[1])
