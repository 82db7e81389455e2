"""A realistic mixed fleet for demonstrations, benchmarks and long runs."""

from datetime import timedelta
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from .fleet import QUARTER, Fleet
from .kinds import ChannelSpec, Kind
from .limits import Limit, band
from .nature import incident
from .premises import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .channels import Channel
    from .clock import Clock
    from .devices import Site

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_LOGGERS_PER_GATEWAY = 200
_REAL_TIME_HISTORY = timedelta(hours=2)

_FRIDGE = band("Temperature", warning=(2.5, 7.5), alarm=(2.0, 8.0), hysteresis=0.2)
_FREEZER = band("Temperature", warning=(None, -16.0), alarm=(-28.0, -14.0))
_ROOM = (
    *band("Temperature", warning=(17.0, 24.0), alarm=(15.0, 26.0)),
    *band("Humidity", warning=(38.0, 60.0), alarm=(30.0, 70.0), hysteresis=1.0),
)
_STATION = (
    *band("Temperature", warning=(16.0, 25.0)),
    *band("CO2", warning=(None, 1000.0), alarm=(None, 1400.0), hysteresis=20.0),
)
# Deliveries warm the cold room by day.
_BY_DAY = Window(
    timedelta(hours=6),
    timedelta(hours=22),
    band("Temperature", warning=(2.0, 9.0), alarm=(1.0, 10.0)),
)
_BY_NIGHT = Window(timedelta(hours=22), timedelta(hours=6), _FRIDGE)
_DOOR = (Limit("Door", "upper", "Warning", 0.5, delay=timedelta()),)
_SHOCK = Kind.of(ChannelSpec("Shock", "Unknown", "mg", 2, 3.0, 1.0, 0.5))


class _Plan(NamedTuple):
    site: int
    name: str
    kind: Kind
    limits: tuple[Limit, ...] = ()
    settings: Mapping[str, Any] = MappingProxyType({})


# The first four show the most, so that a fleet of four is worth looking at.
_PLANS = (
    _Plan(0, "Kühlschrank Impfstoffe", Kind.TEMPERATURE, _FRIDGE),
    _Plan(2, "Depot „Gemälde“, Klima", Kind.CLIMATE, _ROOM, {"communication": _HOUR}),
    _Plan(1, "Tiefkühlzelle", Kind.PROBES, _FREEZER, {"battery": 41}),
    _Plan(2, "Gallery East air quality", Kind.AIR_QUALITY, _STATION, {"mains": True}),
    _Plan(1, "Walk-in cooler", Kind.PRODUCT, _FRIDGE, {"communication": _DAY}),
    _Plan(0, "Altes Lager", Kind.TEMPERATURE, _ROOM[:4], {"active": False}),
    _Plan(2, "Transport crate, shock", _SHOCK, (), {"communication": _HOUR}),
    _Plan(0, "Rezeptur", Kind.CLIMATE, _ROOM),
    _Plan(1, "Spülküche", Kind.CLIMATE, _ROOM[4:], {"battery": 17}),
    _Plan(2, "Vitrine Süd", Kind.CLIMATE, _ROOM, {"mains": True}),
    _Plan(1, "Getränkelager", Kind.TEMPERATURE, _ROOM[:4]),
    # The same name as above: names are no keys (API part 8.3).
    _Plan(0, "Kühlschrank Impfstoffe", Kind.PRODUCT, _FRIDGE, {"communication": _HOUR}),
)


def _plans(loggers: int) -> Iterator[_Plan]:
    for number in count():
        for plan in _PLANS:
            if loggers <= 0:
                return
            loggers -= 1
            yield plan if number == 0 else plan._replace(name=f"{plan.name} {number + 1}")


def demo_fleet(
    clock: Clock,
    *,
    loggers: int = 12,
    seed: int = 1,
    speed: float = 1.0,
    history: timedelta | None = None,
) -> Fleet:
    """Return an account with that many loggers, plus one gateway for every 200 of them.

    They have measured for 31 days, or for the `history` given. With a `speed` above 1 it is
    limited to two real hours, a fridge alarm comes and goes every four hours of the world (four
    minutes at speed 60) and a door every two.
    """
    history = _REAL_TIME_HISTORY if speed > 1 else history
    since = clock.now() - history if history else None
    fleet = Fleet(clock, seed=seed, since=since, speed=speed, incidents=True)
    names = ("Apotheke Köln", "Kantine Lörrach", "Museum Bern")
    sites = [fleet.add_site(name) for name in names]
    for plan in _plans(loggers):
        fleet.add_logger(
            sites[plan.site], plan.name, kind=plan.kind, limits=plan.limits, **plan.settings
        )
    for number in range(1 + (loggers - 1) // _LOGGERS_PER_GATEWAY):
        door = _add_gateway(fleet, sites[number % len(sites)], number)
        if number == 0:
            _show(fleet, fleet.loggers[0].sensors[0].channels[0], door)
    _work(fleet)
    return fleet


def _add_gateway(fleet: Fleet, site: Site, number: int) -> Channel:
    """Add a gateway with a core temperature and a door; return the door."""
    suffix = f" {number + 1}" if number else ""
    gateway = fleet.add_gateway(site, f"Gateway Erdgeschoß{suffix}")
    gateway.add_radio_sensor(f"Laborkühlschrank{suffix}", kind=Kind.PRODUCT, limits=_FRIDGE)
    door = gateway.add_radio_sensor(
        f"Tür Kühlraum{suffix}", kind=Kind.DOOR, measuring=QUARTER / 3, limits=_DOOR
    )
    return door.channels[0]


def _work(fleet: Fleet) -> None:
    """Let the kitchen know its equipment, and have done some checks these days."""
    cooler, freezer = fleet.loggers[0], fleet.loggers[min(2, len(fleet.loggers) - 1)]
    fleet.set_equipment(freezer, title="Walk-in freezer", area="Cold kitchen", kind="Freezer")
    fleet.set_equipment(cooler, title="Cold room", area="Storage", windows=(_BY_DAY, _BY_NIGHT))
    for ago in (50, 26, 3, 1):
        fleet.add_task("Incoming goods", cooler.site, start=fleet.clock.now() - ago * _HOUR)


def _show(fleet: Fleet, fridge: Channel, door: Channel) -> None:
    """Let one fridge and one door do something often enough to watch it."""
    lapse = fleet.speed > 1
    every = 4 * _HOUR if lapse else 2 * _DAY
    fridge.rhythm = incident(fridge, fleet.speed, every=every, chance=1.0)
    every = 2 * _HOUR if lapse else _DAY / 2
    door.rhythm = incident(door, fleet.speed, every=every, chance=1.0)
