"""What goes wrong in Home Assistant itself: its clock, its disk, its database, and two accounts."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
import errno
import json
import logging
import os
from pathlib import Path
import sqlite3
from threading import Timer
from typing import Any
from unittest.mock import patch

from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers import event
from homeassistant.helpers.storage import STORAGE_DIR, Store
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.history.alarm_file import AlarmFile
from custom_components.testo_smart_connect.history.ledger import Ledger
from custom_components.testo_smart_connect.history.ledger_file import LedgerFullError
from tests.integration import test_accounts, test_faults
from tests.integration.conftest import MINUTE, World
from tests.integration.house import House, assert_alike
from tests.integration.test_faults import BEGIN, assert_alarms, assert_current
from tests.integration.test_late_readings import assert_complete
from tests.simulator import Fleet, Logger, Simulator

# When something was last updated is off until a user wants it.
pytestmark = pytest.mark.usefixtures("entity_registry_enabled_by_default")

HOUR = timedelta(hours=1)
loggers = test_faults.loggers

REAL = {name: vars(Store)[name] for name in ("_async_load", "_async_write_data", "async_remove")}
"""What the tests' Home Assistant puts a store in memory in place of."""

type Loggers = tuple[Logger, Logger, Logger]


def assert_no_trace(caplog: pytest.LogCaptureFixture) -> None:
    """Look for traces among what the integration says."""
    for record in caplog.records:
        if record.name.startswith("custom_components") and record.levelno > logging.DEBUG:
            assert record.exc_info is None, record.getMessage()


@pytest.mark.expect_warnings
@pytest.mark.parametrize("refused", [set(), {"processed_at"}], ids=["by arrival", "by time"])
@pytest.mark.parametrize("hours", [5, -5, 30, -30])
async def test_a_clock_that_is_wrong_for_a_while(  # noqa: PLR0913, PLR0917 - fixtures
    world: World,
    loggers: Loggers,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    refused: set[str],
    hours: int,
) -> None:
    """As without a network after a power failure, or after a wrong entry by hand."""
    world.faults.refuse_filter = refused
    entry = await world.add_account()
    await world.to(BEGIN, step=10 * MINUTE)
    caplog.clear()
    now, timestamp = dt_util.utcnow, event.time_tracker_timestamp
    with monkeypatch.context() as wrong:
        shift = hours * HOUR
        wrong.setattr(dt_util, "utcnow", lambda: now() + shift)
        wrong.setattr(event, "time_tracker_timestamp", lambda: timestamp() + shift.total_seconds())
        await world.advance(2 * HOUR, step=5 * MINUTE)
    await world.advance(50 * MINUTE, step=5 * MINUTE)
    assert not [it for it in caplog.records if it.levelno >= logging.ERROR]
    assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "on"
    assert_current(world, world.fleet)
    assert_alarms(world, *loggers[:2])
    # Without asking by arrival, what a clock hid is looked for where it is missing.
    await world.advance(4 * HOUR if refused else 0 * HOUR, step=10 * MINUTE)
    await assert_complete(world, entry)


def spoil(path: Path) -> None:
    path.write_text('{"version": 1, "data": {"roster')


def make_newer(path: Path) -> None:
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({**stored, "version": 99, "data": {"nobody": "knows"}}))


def make_strange(path: Path) -> None:
    """Leave a file that another program has written into."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE record SET data = '{}'")
        db.commit()


def make_unreadable(path: Path) -> None:
    path.unlink()
    path.mkdir()


def mend(path: Path) -> None:
    """Take away what no program can take away by itself."""
    if path.is_dir():
        path.rmdir()


def version(path: Path) -> int:
    """Return the version of what is stored."""
    stored: dict[str, int] = json.loads(path.read_text())
    return stored["version"]


@pytest.fixture
def real_store(hass: HomeAssistant) -> Iterator[None]:
    """Let what is stored go to the disk, as outside of tests."""
    assert hass
    with patch.multiple(Store, **REAL):
        yield


@pytest.mark.expect_warnings
@pytest.mark.usefixtures("real_store")
@pytest.mark.parametrize(
    ("kind", "harm"),
    [
        ("", spoil),
        ("", make_newer),
        ("", make_unreadable),
        (".alarms", spoil),
        (".alarms", make_strange),
        (".alarms", make_unreadable),
    ],
)
async def test_a_store_that_cannot_be_used(  # noqa: PLR0913, PLR0917 - fixtures
    hass: HomeAssistant,
    world: World,
    loggers: Loggers,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    harm: Callable[[Path], None],
) -> None:
    """Everything is read from the cloud anew, and nothing is told again."""
    entry = await world.add_account()
    await world.to(BEGIN + HOUR, step=10 * MINUTE)
    assert_alarms(world, *loggers[:2])
    assert await hass.config_entries.async_unload(entry.entry_id)
    path = Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{entry.unique_id}"))
    harmed = path.with_name(path.name + kind)
    harm(harmed)
    caplog.clear()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.advance(30 * MINUTE, step=5 * MINUTE)
    mend(harmed)
    await world.advance(30 * MINUTE, step=5 * MINUTE)
    assert_no_trace(caplog)
    assert_current(world, world.fleet)
    assert_alarms(world, *loggers[:2])
    await assert_complete(world, entry)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.advance(10 * MINUTE, step=5 * MINUTE)
    assert_alarms(world, *loggers[:2])
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert version(path) == 1


def full(*_: Any, **__: Any) -> Any:
    """Stand in for whatever writes onto a disk that is full."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.expect_warnings
@pytest.mark.usefixtures("real_store")
async def test_a_full_disk(
    hass: HomeAssistant,
    world: World,
    loggers: Loggers,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Values and alarms go on; what could not be kept is kept once there is space again."""
    entry = await world.add_account()
    await world.to(BEGIN, step=10 * MINUTE)

    def full_ledger(*_: Any) -> Any:
        text = "database or disk is full"
        raise LedgerFullError(text)

    with monkeypatch.context() as disk:
        disk.setattr("homeassistant.util.file.AtomicWriter.open", full)
        disk.setattr(Ledger, "add", full_ledger)
        disk.setattr(AlarmFile, "save", full_ledger)
        await world.advance(75 * MINUTE, step=5 * MINUTE)
        assert_current(world, world.fleet)
        assert_alarms(world, *loggers[:2])
        assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "on"
    await world.advance(30 * MINUTE, step=5 * MINUTE)
    assert_no_trace(caplog)
    said = [text for text in caplog.messages if "cannot be kept" in text or "kept again" in text]
    assert len(said) == 2
    assert sum("alarms of an account cannot be saved" in text for text in caplog.messages) == 1
    await assert_complete(world, entry)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.advance(20 * MINUTE, step=5 * MINUTE)
    assert_alarms(world, *loggers[:2])


@pytest.mark.expect_warnings
async def test_a_disk_without_space_for_downloads(
    world: World,
    loggers: Loggers,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No result can be taken in, which is told like any other failure."""
    entry = await world.add_account()
    await world.to(BEGIN, step=10 * MINUTE)

    with monkeypatch.context() as disk:
        disk.setattr("tempfile.TemporaryFile", full)
        await world.advance(75 * MINUTE, step=5 * MINUTE)
        assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "off"
    await world.advance(50 * MINUTE, step=5 * MINUTE)
    assert_no_trace(caplog)
    assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "on"
    assert_current(world, world.fleet)
    assert_alarms(world, *loggers[:2])
    await assert_complete(world, entry)


@pytest.mark.expect_warnings
async def test_two_accounts_that_fail_in_different_ways_at_once(
    world: World,
    fleet: Fleet,
    loggers: Loggers,
    second: Simulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither hears of the other's troubles, nor of its recovery."""
    ours = await world.add_account()
    await test_accounts.add(world, second)
    await world.to(BEGIN, step=10 * MINUTE)
    clouds = [f"{it.tenant_uuid}_cloud" for it in (fleet, second.fleet)]
    world.faults.server_error = 502
    second.faults.on = {"download": {"cut_body": True}}
    await world.advance(75 * MINUTE, step=5 * MINUTE)
    assert [world.value(cloud) for cloud in clouds] == ["off", "off"]
    second.faults.on = {}
    await world.advance(50 * MINUTE, step=5 * MINUTE)
    assert [world.value(cloud) for cloud in clouds] == ["off", "on"]
    assert_current(world, second.fleet)
    world.faults.server_error = None
    await world.advance(50 * MINUTE, step=5 * MINUTE)
    assert [world.value(cloud) for cloud in clouds] == ["on", "on"]
    assert_no_trace(caplog)
    for cloud in (fleet, second.fleet):
        assert_current(world, cloud)
    assert_alarms(world, *loggers[:2])
    await assert_complete(world, ours)


class TestRecorder:
    """With a real recorder and its database in a file."""

    @pytest.fixture
    def enable_statistics(self) -> bool:
        """Let the recorder compile as it does in a house."""
        return True

    @pytest.fixture
    def recorder_db_url(self, tmp_path: Path) -> str:
        """Return a database that somebody else can open."""
        return f"sqlite:///{tmp_path / 'home-assistant.db'}"

    @pytest.mark.expect_warnings
    async def test_a_database_that_is_locked(
        self,
        hass: HomeAssistant,
        recorder_mock: Recorder,
        world: World,
        loggers: Loggers,
        tmp_path: Path,
    ) -> None:
        """Somebody makes a copy of it each time when the recorder compiles an hour."""
        assert await async_setup_component(hass, "sensor", {})
        house = House(hass, world, recorder_mock)
        await world.add_account()
        await house.to(BEGIN)
        for _ in range(3):
            db = sqlite3.connect(tmp_path / "home-assistant.db", check_same_thread=False)
            db.execute("BEGIN IMMEDIATE")
            unlock = Timer(0.7, db.close)
            unlock.start()
            await house.to(world.now + HOUR)
            unlock.join()
        await house.settle()
        begin = BEGIN.replace(minute=0, second=0)
        for channel in (logger.sensors[0].channels[0] for logger in loggers):
            sensor = channel.sensor
            unique_id = f"{sensor.device.serial}_{sensor.serial}_{channel.number}"
            found = await house.hours(world.entity_id(unique_id), begin, begin + 2 * HOUR)
            assert_alike(found, house.truth(begin, begin + 2 * HOUR, channel))
        assert_alarms(world, *loggers[:2])
