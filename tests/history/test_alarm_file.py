"""The alarm log on disk: only what changed is written."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
import sqlite3

import pytest

from custom_components.testo_smart_connect.history.alarm_file import AlarmFile
from custom_components.testo_smart_connect.history.ledger_file import LedgerError
from custom_components.testo_smart_connect.monitoring.alarms import AlarmLog
from custom_components.testo_smart_connect.monitoring.model import Transition
from tests.monitoring.feed import MINUTE, NOON


@pytest.fixture
def file(tmp_path: Path) -> Iterator[AlarmFile]:
    with closing(AlarmFile(tmp_path / "alarms")) as opened:
        yield opened


def learnt(alarm_log: AlarmLog, *numbers: int) -> AlarmLog:
    rows = [Transition(uuid=f"U{no}", raised=True, at=NOON + no * MINUTE) for no in numbers]
    return alarm_log.learn(rows, NOON, NOON, NOON)


def test_nothing_was_saved(file: AlarmFile) -> None:
    assert file.load() == (None, 0)
    file.save(AlarmLog(), {})
    assert file.load() == (None, 0)


def test_what_was_saved_is_loaded_in_the_order_of_learning(file: AlarmFile) -> None:
    alarm_log = replace(learnt(AlarmLog(), 3, 1, 2), forgotten=NOON, open_since=NOON - MINUTE)
    file.save(alarm_log, {})
    found, lost = file.load()
    assert (found, lost) == (alarm_log, 0)
    assert found is not None
    assert [*found.records] == [*alarm_log.records]


def test_only_what_changed_is_written(file: AlarmFile, tmp_path: Path) -> None:
    before = learnt(AlarmLog(), *range(1000))
    file.save(before, {})
    after = learnt(before, 1000)
    gone = {name: record for name, record in after.records.items() if name != ("U5", True)}
    after = replace(after, records=gone)
    with closing(sqlite3.connect(tmp_path / "alarms")) as other:
        other.execute("CREATE TABLE written (uuid TEXT)")
        other.execute(
            "CREATE TRIGGER note AFTER INSERT ON record BEGIN"
            " INSERT INTO written VALUES (new.uuid); END"
        )
        file.save(after, before.records)
        assert file.load() == (after, 0)
        assert other.execute("SELECT uuid FROM written").fetchall() == [("U1000",)]


def test_what_is_not_understood_is_left_out_and_counted(file: AlarmFile, tmp_path: Path) -> None:
    alarm_log = learnt(AlarmLog(), 1, 2)
    file.save(alarm_log, {})
    with closing(sqlite3.connect(tmp_path / "alarms")) as other:
        other.execute("UPDATE record SET data = '{}' WHERE uuid = 'U1'")
        other.execute("INSERT INTO time VALUES ('of a later release', '2026-07-01T12:00:00+00:00')")
        other.commit()
    found, lost = file.load()
    assert found is not None
    # What was told of the lost one is not known, so that the next read tells nothing.
    assert (lost, [*found.records], found.read) == (1, [("U2", True)], None)
    again, lost = file.load()
    assert again is not None
    assert (lost, again.read) == (0, NOON)


def test_a_file_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "alarms").mkdir()
    with pytest.raises(LedgerError):
        AlarmFile(tmp_path / "alarms").save(AlarmLog(), {})
