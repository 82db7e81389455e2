"""Judging Home Assistant's log."""

from pathlib import Path
import re

_RECORD = re.compile(r"^\d{4}-\d\d-\d\d \S+ (WARNING|ERROR|CRITICAL) \(.*?\) \[(.+?)\] (.*)$")
_OURS = "testo_smart_connect"
_SAID_OF_ALL = "We found a custom integration"
"""Home Assistant warns so of every custom integration."""


def complaint(log: Path) -> str | None:
    """Return the first line of a log that must not be there.

    That is any error, and any warning in which the integration occurs, be it in the traceback.
    """
    try:
        lines = log.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return None
    records: list[tuple[re.Match[str], list[str]]] = []
    for line in lines:
        if match := _RECORD.match(line):
            records.append((match, []))
        elif records:
            records[-1][1].append(line)
    for match, more in records:
        level, logger, message = match.groups()
        ours = any(_OURS in text for text in (match[0], *more))
        if message.startswith(_SAID_OF_ALL):
            continue
        if ours or level != "WARNING":
            last = f" ({more[-1].strip()})" if more else ""
            return f"{level} {logger}: {message}{last}"
    return None
