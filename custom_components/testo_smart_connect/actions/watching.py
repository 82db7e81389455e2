"""Having a channel watched: a measuring object with its limits."""

from datetime import timedelta
from typing import Final

from homeassistant.core import Context

from ..account.account import Account
from ..account.companion import Companion
from ..clouds.errors import CloudError
from ..clouds.managed import AlarmLimit, NewMeasuringObject
from ..monitoring.instruments import InstalledChannel
from ..monitoring.temperature import in_unit
from .settings_changes import note_change, note_failure

LONGEST_NAME: Final = 100
LONGEST_DELAY: Final = 24 * 60
"""Minutes."""
FARTHEST: Final = 1000.0
"""No limit is beyond that, in whatever unit."""


def object_of(
    installed: InstalledChannel,
    name: str,
    limits: tuple[float | None, float | None],
    delay: timedelta,
    units: tuple[str | None, str],
) -> NewMeasuringObject | str:
    """Return what is to be created, or the key of what is wrong with it.

    Limits are lower and upper, in the first of the units; the second is the cloud's.
    """
    lower, upper = (None if it is None else _converted(it, *units) for it in limits)
    if lower is None and upper is None:
        return "no_limit"
    if lower is not None and upper is not None and lower >= upper:
        return "limits_swapped"
    return NewMeasuringObject(
        name=name,
        sensor=installed.sensor.uuid,
        channel=installed.channel.number,
        quantity=installed.channel.quantity,
        limits=tuple(
            AlarmLimit(direction=direction, value=value, delay=delay)
            for direction, value in (("lower", lower), ("upper", upper))
            if value is not None
        ),
    )


def _converted(value: float, unit: str | None, wanted: str) -> float:
    """Return a limit in another unit; where there is no way it is the same one, spelt otherwise."""
    found = in_unit(value, unit, wanted)
    return value if found is None else found


async def create_object(
    account: Account,
    companion: Companion,
    site: str,
    wanted: NewMeasuringObject,
    context: Context,
) -> None:
    """Create it; what the account shows of it comes with the next list. May raise a CloudError."""
    words = {"name": wanted.name, "site": account.site_title(site)}
    try:
        async with companion.changing(site):
            await companion.management.create_measuring_object(site, wanted)
    except CloudError as err:
        await note_failure(account, "object_created", err, context, **words)
        raise
    await note_change(account, "object_created", context, **words)
    account.inventory_wanted.send()
