"""What a fridge went through last month: an open door, a broken sensor, a day that came late."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .cloud import Cloud

FRIDGE = 0
"""Its place in the fleet."""
LIMITS = {"lower": 2.0, "upper": 8.0}
"""Other loggers of its site have others, so no limit of testo is surely meant for it."""
_ZONE = ZoneInfo("Europe/Berlin")
_QUARTER = timedelta(minutes=15)
_WARMER = (5.9, 7.2, 8.4, 9.3, 9.9, 10.1, 9.8, 9.0, 8.2, 7.1, 6.0)
"""°C, a quarter of an hour each."""


async def make_past(cloud: Cloud) -> str:
    """Let all that have happened; return what there is to see."""
    fridge = cloud.fleet.loggers[FRIDGE]
    sensor = fridge.sensors[0].serial
    await cloud.calm(sensor)
    opened = _last_month(12, 10, 30)
    for place, value in enumerate(_WARMER):
        start = opened + place * _QUARTER
        await cloud.hold(sensor, value, (start, start + _QUARTER))
    await cloud.break_sensor(sensor, _last_month(20, 1, 45), _last_month(20, 14, 15))
    await cloud.disconnect(fridge.serial, _last_month(26, 6), _last_month(27, 9))
    return (
        f"“{fridge.name}” has two months behind it. Last month it was too warm on the 12th, for\n"
        "an hour and three quarters, on the 20th its sensor was broken for 12.5 hours, and\n"
        "what it measured on the 26th came a day late.\n"
    )


def _last_month(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a local time of a day in last month (UTC)."""
    month = datetime.now(_ZONE).replace(day=1) - timedelta(days=1)
    local = datetime(month.year, month.month, day, hour, minute, tzinfo=_ZONE)
    return local.astimezone(UTC)
