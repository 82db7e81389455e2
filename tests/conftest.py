"""What all tests share: the integration can be found, and the log stays clean."""

import asyncio
from collections.abc import Iterator
import logging
import random
import traceback

import pytest

from .hypothesis_profiles import is_night, seed

_NOISE = (
    # Home Assistant says this of every custom integration.
    "We found a custom integration testo_smart_connect",
    # asyncio takes a jump of the test's clock for a slow task.
    "Executing <",
)


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


@pytest.fixture(autouse=True)
def no_unexpected_warnings(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """Fail a test that logs a warning or error which it does not expect."""
    yield
    if request.node.get_closest_marker("expect_warnings"):
        return
    unexpected = [
        f"{record.levelname} {record.name}: {record.getMessage()}{_cause(record)}"
        for phase in ("setup", "call")
        for record in caplog.get_records(phase)
        if record.levelno >= logging.WARNING and not record.getMessage().startswith(_NOISE)
    ]
    assert not unexpected, unexpected
