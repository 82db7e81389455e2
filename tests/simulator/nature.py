"""How the channels of a fleet behave by nature, and how they depart from it."""

from datetime import timedelta
from typing import TYPE_CHECKING

from .curves import Curve, Rhythm, fraction, salt_of

if TYPE_CHECKING:
    from .channels import Channel

_DAY = 86_400


def natural_curve(channel: Channel, salt: int, speed: float) -> Curve:
    """Return the curve of a channel, moved and flattened so that it keeps inside its limits."""
    spec = channel.spec
    base, swing, noise = spec.base, spec.swing, spec.noise
    base += swing * (fraction(salt, -1) - 0.5) / 2
    limits = [term.limit for term in channel.sensor.measuring_object.terms]
    limits = [limit for limit in limits if channel.watched_by(limit)]
    upper = [it.value - it.hysteresis for it in limits if it.direction == "upper"]
    lower = [it.value + it.hysteresis for it in limits if it.direction == "lower"]
    reach = swing + noise
    if upper and lower:
        base = (min(upper) + max(lower)) / 2
        room = (min(upper) - max(lower)) / 2
        shrink = min(1.0, max(0.0, 0.8 * room / reach)) if reach else 1.0
        swing, noise = swing * shrink, noise * shrink
    elif upper:
        base = min(base, min(upper) - 1.2 * reach)
    elif lower:
        base = max(base, max(lower) + 1.2 * reach)
    return Curve(base, swing, noise, salt, _DAY / speed)


def incident(
    channel: Channel,
    speed: float,
    *,
    every: timedelta = timedelta(days=10),
    lasting: timedelta = timedelta(minutes=90),
    chance: float = 0.7,
) -> Rhythm | None:
    """Return seeded excursions beyond the outermost upper limit of a channel, if it has one.

    A door opens to 1 instead. The durations are those of the world, before the speed.
    """
    terms = channel.sensor.measuring_object.terms
    upper = [term.limit.value for term in terms if channel.watched_by(term.limit)]
    door = channel.alarm_property == "Door"
    if door:
        peak, every, lasting = 1.0, min(every, timedelta(hours=12)), timedelta(minutes=40)
    elif upper:
        width = max(upper) - min(upper)
        peak = max(upper) + max(0.3 * width, 0.02 * abs(max(upper)), 0.5)
    else:
        return None
    salt = salt_of("incident", channel.curve.salt)
    return Rhythm(every / speed, lasting / speed, peak, salt, chance, abrupt=door)
