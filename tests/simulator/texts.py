"""How values are written in rows (API parts 5 and 5.1)."""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache

CELSIUS, FAHRENHEIT = "°C", "°F"


@lru_cache(maxsize=8192)
def utc(at: datetime) -> str:
    """Write an instant as `YYYY-MM-DDThh:mm:ssZ`."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def utc_ms(at: datetime) -> str:
    """Write an instant as `YYYY-MM-DDThh:mm:ss.sssZ`."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(maxsize=8192)
def local(at: datetime, zone: tzinfo, *, with_z: bool) -> str:
    """Write an instant in a zone, with its offset or (declared so) with a false `Z`."""
    there = at.astimezone(zone)
    return f"{there:%Y-%m-%dT%H:%M:%SZ}" if with_z else there.isoformat(timespec="seconds")


def flag(value: bool) -> str:  # noqa: FBT001 - a conversion
    """Write a truth value as the text that device properties use."""
    return "true" if value else "false"


def parse(text: str) -> datetime:
    """Read an ISO 8601 date-time; without a zone it is UTC. ValueError if it is none."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
