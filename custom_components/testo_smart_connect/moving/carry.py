"""What is remembered of an account that moves: what people entered, and what they said."""

from collections.abc import Iterable, Mapping

from ..account.account import Account
from ..account.memory import Memory
from ..kinds.first_look import Found
from ..monitoring.acknowledgements import Inherited
from ..monitoring.alarm_view import channels_of
from ..monitoring.alarms import AlarmLog
from ..monitoring.matching import Match
from ..monitoring.model import ChannelKey
from ..monitoring.register import DeviceRegister
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
    view = account.view
    for episode in view.alarm_state.active:
        said = account.memory.acknowledged.get(episode.id)
        if said is None:
            continue
        for key in channels_of(episode.facts, view.topology.sources):
            if (new := channels.get(key)) is not None:
                yield Inherited(
                    sensor=new[0],
                    number=new[1],
                    direction=episode.facts.direction,
                    at=episode.facts.at,
                    said=said,
                )
