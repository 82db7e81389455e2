"""Everything that is told anywhere, as text: for looking whether something secret is in it."""

from collections.abc import Iterator
import json
import logging
import re
from typing import Any

from homeassistant.const import MATCH_ALL
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.json import JSONEncoder
import pytest

A_TOKEN = re.compile(r"eyJ[\w-]{20,}")


def text(value: Any) -> str:
    """Return something as it would be sent to a browser."""
    return json.dumps(value, cls=JSONEncoder, ensure_ascii=False, default=str)


def listen(hass: HomeAssistant, told: list[str]) -> None:
    """Add every event from now on to what is told."""

    @callback
    def hear(event: Event[Any]) -> None:
        told.append(text(event.as_dict()))

    hass.bus.async_listen(MATCH_ALL, hear)


def lines_of(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """Yield all lines of the log."""
    formatter = logging.Formatter()
    for record in caplog.records:
        # Home Assistant's own store writes secrets to the disk, and the stand-in for it says so.
        if not record.name.startswith("pytest_homeassistant_custom_component"):
            yield formatter.format(record)
