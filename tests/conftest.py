"""What all tests share: the integration can be found, and the log stays clean."""

import asyncio
from collections.abc import Iterator
import logging
import random
import traceback
from typing import override

import pytest

from .hypothesis_profiles import is_night, seed

_NOISE = (
    # Home Assistant says this of every custom integration.
    "We found a custom integration testo_smart_connect",
    # asyncio takes a jump of the test's clock for a slow task.
    "Executing <",
)


def pytest_configure() -> None:
    """Let Home Assistant and its database say only what is wrong; to write the rest takes long."""
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
    logging.getLogger("custom_components").setLevel(logging.DEBUG)


def pytest_report_header() -> str:
    """Tell how to let chance play the same once more."""
    return f"TEST_SEED={seed()}"


@pytest.fixture(autouse=True)
def same_chance(request: pytest.FixtureRequest) -> None:
    """Let chance, as in the jitter of intervals, play the same in each run, another every night."""
    random.seed(f"{request.node.nodeid} {seed()}")


@pytest.fixture(autouse=True)
async def enable_event_loop_debug() -> None:
    """Let the event loop note who made what at night only; it takes half of the time of a test."""
    if is_night():
        asyncio.get_running_loop().set_debug(True)


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find the integration; the recorder has to come first."""
    if "hass" not in request.fixturenames:
        return
    if "recorder_mock" in request.fixturenames:
        request.getfixturevalue("recorder_mock")
    request.getfixturevalue("enable_custom_integrations")


def _cause(record: logging.LogRecord) -> str:
    """Return the exception of a line, with where it came from."""
    if not record.exc_info:
        return ""
    return "\n" + "".join(traceback.format_exception(*record.exc_info))


class _Warnings(logging.Handler):
    """Keeps what is warned of."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if not said.startswith(_NOISE):
            self.found.append(f"{record.levelname} {record.name}: {said}{_cause(record)}")


@pytest.fixture(autouse=True)
def no_unexpected_warnings(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that logs a warning or error which it does not expect."""
    warnings = _Warnings()
    logging.getLogger().addHandler(warnings)
    yield
    logging.getLogger().removeHandler(warnings)
    if not request.node.get_closest_marker("expect_warnings"):
        assert not warnings.found, warnings.found
