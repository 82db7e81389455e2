"""The words of files in seven languages, and how each writes days, times and numbers.

The texts lie in `languages/`; a language that is none of the seven gets English.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
import json
from pathlib import Path
import re
import unicodedata
from zoneinfo import ZoneInfo

_FOLDER = Path(__file__).parent / "languages"
LANGUAGES = ("en", "de", "fr", "it", "nl", "es", "pl")
NOTHING = "–"
"""What stands where there is no value."""
DAYS = {
    "de": "%d.%m.%Y",
    "es": "%d/%m/%Y",
    "fr": "%d/%m/%Y",
    "it": "%d/%m/%Y",
    "nl": "%d-%m-%Y",
    "pl": "%d.%m.%Y",
}
"""How a day is written; English, which stands in for all others, writes it as ISO does.
These languages have a decimal comma."""
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
"""What begins a line, turns the direction of the text after it, or is not seen at all."""
_HAIR = 1e-9
"""Sums and conversions of floats are this near to what they mean."""


def clean(text: str | None) -> str:
    """Return what others wrote on one line, each letter as one character where there is one."""
    return unicodedata.normalize("NFC", _BREAKS.sub(" ", text or "").strip())


def is_full(share: float) -> bool:
    """Tell whether a share of the time is all of it."""
    return share >= 1 - _HAIR


def decimals(values: Iterable[float], least: int, most: int) -> int:
    """Return how many decimals write all of these values as they are, within these bounds."""
    found = least
    for value in values:
        while found < most and abs(round(value, found) - value) > _HAIR:
            found += 1
    return found


@cache
def texts(language: str) -> dict[str, str]:
    """Return all texts of one of the seven languages. Reads a file."""
    found: dict[str, str] = json.loads((_FOLDER / f"{language}.json").read_bytes())
    return found


class Words:
    """What is said in one language, with the times of one zone."""

    def __init__(self, language: str, time_zone: str, **names: str) -> None:
        """Take any language (`de-CH` is `de`), the IANA name of the zone, what texts may name."""
        base = language.replace("_", "-").partition("-")[0].lower()
        self.language = base if base in LANGUAGES else LANGUAGES[0]
        self.zone = ZoneInfo(time_zone)
        self._texts = texts(self.language)
        self._names = names

    def __call__(self, key: str, **blanks: str) -> str:
        """Return a text with its blanks filled in."""
        return self._texts[key].format(**self._names, **blanks)

    def day(self, on: date) -> str:
        """Return a day: 28.11.2027."""
        return on.strftime(DAYS.get(self.language, "%Y-%m-%d"))

    def short_day(self, on: date) -> str:
        """Return a day without its year, as an axis has it: 28.11."""
        return on.strftime(self("axis_day"))

    def month(self, on: date) -> str:
        """Return a month, as an axis has it: 11/2027."""
        return on.strftime(self("axis_month"))

    def moment(self, at: datetime) -> str:
        """Return a local time to the minute; with its offset in the hour that comes twice."""
        local = at.astimezone(self.zone)
        text = f"{self.day(local)} {local:%H:%M}"
        is_twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
        return f"{text} ({self.offset(local)})" if is_twice else text

    def offset(self, at: datetime) -> str:
        """Return how far local time is ahead of UTC then: UTC+02:00."""
        return f"UTC{at.astimezone(self.zone):%:z}"

    def number(self, value: float, digits: int) -> str:
        """Return a number with so many decimals and a real minus; -0.0 is 0.0."""
        text = f"{value:z.{digits}f}".replace("-", "\N{MINUS SIGN}")
        return text.replace(".", ",") if self.language in DAYS else text

    def percent(self, share: float) -> str:
        """Return a share of the time; only the whole is 100 %, and only nothing is 0 %."""
        if is_full(share) or share <= 0:
            return self("percent", number="100" if share > 0 else "0")
        return self("percent", number=self.number(min(max(100 * share, 0.01), 99.99), 2))

    def duration(self, seconds: float) -> str:
        """Return a duration: to the minute, to the second if it is shorter than an hour."""
        rounded = round(seconds) if seconds < 3600 else 60 * round(seconds / 60)  # noqa: PLR2004 - an hour
        whole = timedelta(seconds=rounded)
        minutes, rest = divmod(whole.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        units = {"days": whole.days, "hours": hours, "minutes": minutes, "seconds": rest}
        parts = [self(f"unit_{unit}", number=str(count)) for unit, count in units.items() if count]
        # Something, however short, is not nothing.
        nothing = (
            self("unit_seconds", number="< 1") if seconds > 0 else self("unit_minutes", number="0")
        )
        return " ".join(parts) or nothing
