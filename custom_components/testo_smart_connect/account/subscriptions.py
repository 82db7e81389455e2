"""Who wants to hear of what, and telling them without holding the event loop."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

from homeassistant.core import CALLBACK_TYPE, callback

from ..monitoring.alarm_state import AlarmEvent
from ..monitoring.model import ChannelKey, StableKey
from .turns import in_turns

ACCOUNT = "account"
"""The subject of what concerns the account as a whole."""

type Subject = str | ChannelKey | StableKey | tuple[str, Subject]
"""``ACCOUNT``, the serial of an instrument, a channel, or one of the aspects below.

Whoever listens is told of nothing else: a chain has tens of thousands of entities.
"""
type LooksForNew = Callable[[Collection[str] | None], Awaitable[None]]
"""Adds what is new of the instruments with these serials; of all, if none are named."""
type Routes = Mapping[Subject, Subject]
"""From the channels as the cloud names them to those whom somebody listens to."""


def alarms_of(key: ChannelKey | StableKey) -> Subject:
    """Return the alarms of a channel, which change much less often than its readings."""
    return "alarms", key


def acknowledgements_of(serial: str) -> Subject:
    """Return what people do about the alarms of an instrument."""
    return "handling", serial


def standing_of(serial: str) -> Subject:
    """Return which alarms of an instrument are open."""
    return "standing", serial


def measuring_of(serial: str) -> Subject:
    """Return when an instrument measured last."""
    return "measuring", serial


def routes(channels: Mapping[ChannelKey, StableKey]) -> Routes:
    """Return the routes to channels and their alarms."""
    found: dict[Subject, Subject] = {}
    for key, to in channels.items():
        found[key] = to
        found[alarms_of(key)] = alarms_of(to)
    return found


@callback
def nothing() -> None:
    """Stand in for a listener."""


class Signal:
    """Something that happens now and then, and those who want to hear of it."""

    def __init__(self) -> None:
        """Start without listeners."""
        self._listeners: list[CALLBACK_TYPE] = []

    @callback
    def listen(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener each time; return how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def send(self) -> None:
        """Say that it happens."""
        for listener in tuple(self._listeners):
            listener()


class Subscriptions:
    """The listeners of one account.

    Who listens to a channel names it by its stable key.
    """

    def __init__(self) -> None:
        """Start without listeners."""
        self.routes: Routes = {}
        """Replaced with each inventory: a sensor may get the uuid of another one."""
        self._signals: dict[Subject, Signal] = {}
        self._alarm_listeners: dict[str, Callable[[AlarmEvent], None]] = {}
        self._new_listeners: list[LooksForNew] = []

    @callback
    def listen(self, subject: Subject, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when something about a subject changes."""
        return self._signals.setdefault(subject, Signal()).listen(listener)

    @callback
    def listen_alarms(self, serial: str, listener: Callable[[AlarmEvent], None]) -> CALLBACK_TYPE:
        """Call a listener for each alarm event of an instrument."""
        self._alarm_listeners[serial] = listener

        @callback
        def stop() -> None:
            del self._alarm_listeners[serial]

        return stop

    @callback
    def listen_new(self, listener: LooksForNew) -> CALLBACK_TYPE:
        """Call a listener when there may be new entities to add."""
        self._new_listeners.append(listener)
        return lambda: self._new_listeners.remove(listener)

    async def announce_new(self, serials: Collection[str] | None = None) -> None:
        """Let the platforms look for new entities: of some instruments, or anywhere."""
        for listener in tuple(self._new_listeners):
            await listener(serials)

    @callback
    def give(self, serial: str, alarm_event: AlarmEvent) -> bool:
        """Give an alarm event to its instrument; tell whether somebody took it."""
        listener = self._alarm_listeners.get(serial)
        if listener is not None:
            listener(alarm_event)
        return listener is not None

    async def publish(self, subjects: Iterable[Subject]) -> None:
        """Tell everybody who listens to these subjects."""
        routes, signals = self.routes, self._signals
        async for subject in in_turns(subjects):
            signal = signals.get(routes.get(subject, subject))
            if signal is not None:
                signal.send()

    async def publish_all(self) -> None:
        """Tell everybody."""
        await self.publish(tuple(self._signals))
