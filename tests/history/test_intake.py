"""One pass over the rows of a job: shown, counted, and looked through for arrivals."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path

import pytest

from custom_components.testo_smart_connect.history.batch import Batch
from custom_components.testo_smart_connect.history.intake import Intake
from custom_components.testo_smart_connect.history.ledger import Ledger
from custom_components.testo_smart_connect.history.ledger_file import LedgerError
from custom_components.testo_smart_connect.monitoring.model import Reading

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SPLIT = timedelta(milliseconds=100)
KEY = ("s", 1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "readings")
    ledger.begin(NOON)
    yield ledger
    ledger.close()


def reading(
    uuid: str,
    at: datetime = NOON,
    *,
    sensor: str = "s",
    received: datetime | None = None,
    value: float = 5.0,
) -> Reading:
    return Reading(uuid=uuid, sensor_uuid=sensor, channel=1, at=at, value=value, received=received)


def intake(
    ledger: Ledger,
    *,
    known: Reading | None = None,
    list_after: datetime | None = None,
    overdue: tuple[datetime, datetime] | None = None,
) -> Intake:
    return Intake(
        ledger=ledger,
        wanted={KEY},
        known={} if known is None else {known.key: known},
        now=NOON + 5 * HOUR,
        list_after=list_after,
        overdue=overdue,
    )


def take(taken: Intake, rows: list[Reading]) -> Intake:
    return taken(iter([Batch.of(rows)]))


def count(ledger: Ledger) -> int:
    return sum(value.count for _, value in ledger.pending(NOON + 100 * HOUR, 100))


def test_the_newest_reading_is_shown_and_all_are_counted(ledger: Ledger) -> None:
    rows = [reading("b", NOON + HOUR), reading("c", NOON + 2 * HOUR), reading("a")]
    taken = intake(ledger)
    assert take(taken, rows) is taken
    assert (taken.latest, taken.changed) == ({KEY: rows[1]}, {KEY})
    assert (taken.undated, taken.missed, taken.failure, taken.beyond) == ({"s"}, 0, None, {})
    assert count(ledger) == 3


def test_what_is_shown_never_goes_back(ledger: Ledger) -> None:
    known = reading("c", NOON + 2 * HOUR)
    taken = take(intake(ledger, known=known), [reading("a"), reading("b", NOON + HOUR)])
    assert (taken.latest, taken.changed) == ({KEY: known}, set())
    assert count(ledger) == 2


def test_sensors_that_are_not_wanted_leave_no_trace(ledger: Ledger) -> None:
    taken = take(
        intake(ledger, list_after=NOON),
        [reading("a", sensor="other", received=NOON + HOUR), reading("b", sensor="other")],
    )
    assert (taken.latest, taken.listed, taken.newest_arrival, taken.undated) == (
        {},
        set(),
        None,
        set(),
    )
    assert count(ledger) == 0


@pytest.mark.parametrize("newest", [0, 45_999])
def test_the_newest_reading_may_come_in_any_batch(ledger: Ledger, newest: int) -> None:
    rows = [reading(str(number), NOON + number * SPLIT) for number in range(45_999)]
    rows.insert(newest, reading("newest", NOON + 4 * HOUR))
    taken = intake(ledger)(map(Batch.of, batched(rows, 100, strict=False)))
    assert taken.latest[KEY].uuid == "newest"
    assert count(ledger) == 46_000


def test_arrivals_are_looked_at(ledger: Ledger) -> None:
    taken = take(
        intake(ledger, list_after=NOON),
        [
            reading("a", received=NOON + MINUTE),
            reading("b", received=NOON + 3 * MINUTE),
            reading("c", received=NOON),
            reading("d", received=NOON + 2 * MINUTE),
            reading("e"),
        ],
    )
    assert taken.newest_arrival == NOON + 3 * MINUTE
    assert taken.listed == {"a", "b", "d"}
    assert taken.undated == set()


def test_an_arrival_that_lies_ahead_is_evidence_of_nothing(ledger: Ledger) -> None:
    now = NOON + 5 * HOUR
    taken = take(
        intake(ledger, list_after=NOON),
        [
            reading("a", received=NOON + MINUTE),
            reading("soon", received=now + MINUTE),
            reading("far", received=now + HOUR),
        ],
    )
    assert (taken.newest_arrival, taken.ahead) == (NOON + MINUTE, 1)
    assert taken.listed == {"a"}
    assert count(ledger) == 3


def test_a_correction_wins_over_an_arrival_that_lies_ahead(ledger: Ledger) -> None:
    take(intake(ledger), [reading("a", received=NOON + 9000 * HOUR), reading("b")])
    take(intake(ledger), [reading("a", received=NOON + HOUR, value=7.0)])
    ((_, value),) = ledger.pending(NOON + HOUR, 10)
    assert (value.lowest, value.highest) == (5.0, 7.0)


def test_an_odd_row_without_an_arrival_is_told_from_a_sensor_without_any(ledger: Ledger) -> None:
    told = [reading("told", sensor="t", received=NOON), reading("odd", sensor="t")]
    taken = Intake(ledger=ledger, wanted={KEY, ("t", 1), ("u", 1)}, known={}, now=NOON + 5 * HOUR)
    take(taken, [reading("a"), reading("b"), *told, reading("single", sensor="u")])
    assert taken.undated == {"s"}


def test_channels_that_nobody_knows_leave_no_trace(ledger: Ledger) -> None:
    rows = [replace(reading(f"{number}"), channel=number) for number in range(5000)]
    taken = take(intake(ledger), rows)
    assert taken.latest.keys() == {KEY}
    assert ledger.run(lambda db: db.execute("SELECT count(*) FROM channel").fetchone()) == (1,)


def test_only_what_is_overdue_and_not_known_was_missed(ledger: Ledger) -> None:
    known = reading("known", received=NOON + MINUTE)
    ledger.add([Batch.of([known])])
    taken = take(
        intake(ledger, overdue=(NOON, NOON + HOUR)),
        [
            known,
            reading("before", received=NOON),
            reading("missed", received=NOON + MINUTE),
            reading("last", received=NOON + HOUR),
            reading("after", received=NOON + HOUR + MINUTE),
            reading("undated"),
        ],
    )
    assert (taken.missed, taken.of_known) == (2, 3)
    assert count(ledger) == 6


def test_hours_that_the_ledger_does_not_hold_are_told(ledger: Ledger) -> None:
    taken = take(
        intake(ledger, overdue=(NOON, NOON + HOUR)),
        [
            reading("a", NOON - 30 * MINUTE, received=NOON + MINUTE),
            reading("b", NOON - 2 * HOUR),
            reading("c"),
        ],
    )
    assert taken.beyond == {"s": {NOON - HOUR, NOON - 2 * HOUR}}
    assert taken.missed == 0
    assert count(ledger) == 1


def test_what_cannot_be_counted_is_shown_nevertheless(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    row = reading("a", received=NOON)
    taken = take(intake(Ledger(tmp_path / "file" / "readings")), [row])
    assert isinstance(taken.failure, LedgerError)
    assert (taken.latest, taken.newest_arrival) == ({KEY: row}, NOON)
