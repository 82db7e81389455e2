"""What files are called, so that a person and the integration know them again.

Only such names are served, listed and deleted: whatever else lies in the folder is not ours.
"""

from datetime import datetime, timedelta
import re
from typing import Final, Literal

from homeassistant.util import slugify

from ..monitoring.window import Window

type Format = Literal["pdf", "html", "csv"]

_CONTENTS: Final[dict[Format, str]] = {"pdf": "report", "html": "report", "csv": "readings"}
CONTENT_TYPES: Final[dict[str, str]] = {
    "pdf": "application/pdf",
    "html": "text/html",
    "csv": "text/csv",
}
_LONGEST: Final = 60
"""Letters of each part: file systems take 255 in all."""
_DAY = r"\d{4}_\d\d_\d\d"
_NAME: Final = re.compile(
    r"(?P<device>[a-z0-9_]+?)_"
    rf"(?:\d{{4}}_\d\d|{_DAY}(?:_to_{_DAY})?|{_DAY}_\d{{4}}_to_{_DAY}_\d{{4}})_"
    r"(?:report(?:_v\d+)?\.(?P<report>pdf|html)|readings(?:_v\d+)?\.(?P<readings>csv))",
    re.ASCII,
)


def first_name(site: str | None, name: str, serial: str, window: Window, ending: Format) -> str:
    """Return what a file about a device and a time is called, if nothing is called so yet."""
    parts = [slugify(it)[:_LONGEST].strip("_") for it in (site, name, serial)]
    stem = "_".join([*filter(None, parts), _period(window)])
    return f"{stem}_{_CONTENTS[ending]}.{ending}"


def version(name: str, number: int) -> str:
    """Return the name of a further version of a file."""
    stem, _, ending = name.rpartition(".")
    return name if number == 1 else f"{stem}_v{number}.{ending}"


def device_of(name: str) -> str | None:
    """Return which device a file is about, as its name says it; None if it is none of ours."""
    found = _NAME.fullmatch(name)
    return found["device"] if found else None


def content_type(name: str) -> str | None:
    """Return the type of a file by its name; None if it is none of ours."""
    found = _NAME.fullmatch(name)
    return CONTENT_TYPES[found["report"] or found["readings"]] if found else None


def _period(window: Window) -> str:
    """Return a time in short: a month, a day, days, or what begins or ends within a day."""
    start, end = (at.astimezone(window.zone) for at in (window.start, window.end))
    if not (_is_midnight(start) and _is_midnight(end)):
        return f"{start:%Y_%m_%d_%H%M}_to_{end:%Y_%m_%d_%H%M}"
    if start.day == end.day == 1 and (start + timedelta(days=31)).replace(day=1) == end:
        return f"{start:%Y_%m}"
    last = end - timedelta(days=1)
    if last.date() == start.date():
        return f"{start:%Y_%m_%d}"
    return f"{start:%Y_%m_%d}_to_{last:%Y_%m_%d}"


def _is_midnight(at: datetime) -> bool:
    return (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)
