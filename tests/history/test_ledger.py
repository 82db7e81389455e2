"""The readings on disk: each once, whole hours told, and no file that cannot be replaced."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
import sqlite3
from tempfile import TemporaryDirectory
from typing import Any, override

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.history import ledger as ledger_module
from custom_components.testo_smart_connect.history.batch import Batch
from custom_components.testo_smart_connect.history.hours import Hours, HourValue
from custom_components.testo_smart_connect.history.ledger import Added, HourValues, Ledger
from custom_components.testo_smart_connect.history.ledger_file import (
    LedgerError,
    LedgerFullError,
)
from custom_components.testo_smart_connect.monitoring.model import ChannelKey, Reading

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVER = NOON + 1000 * DAY
KEY = ("s", 1)
NAME = "readings"

type Opener = Callable[..., Ledger]

# Hypothesis warns of a generator of its own when it is given a seed.
pytestmark = pytest.mark.filterwarnings("ignore:It looks like `register_random`")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / NAME


@pytest.fixture
def opener(path: Path) -> Iterator[Opener]:
    """Return what opens the file anew, with as many connections as are asked for."""
    found: list[Ledger] = []

    def opened(**options: Any) -> Ledger:
        found.append(Ledger(path, **options))
        return found[-1]

    yield opened
    for each in found:
        each.close()


@pytest.fixture
def ledger(opener: Opener) -> Ledger:
    """Return a ledger that keeps readings from noon on."""
    ledger = opener()
    ledger.begin(NOON)
    return ledger


def reading(uuid: str, hours: float = 0, value: float = 5.0, **more: Any) -> Reading:
    """Return a reading so many hours after noon."""
    known = {"sensor_uuid": "s", "channel": 1, "unit": "°C", **more}
    return Reading(uuid=uuid, at=NOON + hours * HOUR, value=value, **known)


def hour(hours: int, *values: float, unit: str | None = "°C") -> HourValue:
    """Return the value of an hour, so many after noon."""
    return HourValue(
        start=NOON + hours * HOUR,
        count=len(values),
        mean=sum(values) / len(values),
        lowest=min(values),
        highest=max(values),
        unit=unit,
    )


def add(ledger: Ledger, readings: Iterable[Reading]) -> Added:
    return ledger.add([Batch.of(readings)])


def waiting(ledger: Ledger) -> HourValues:
    return ledger.pending(EVER, 1000)


def write_all(ledger: Ledger) -> HourValues:
    """Return what was to be written, and note it as written."""
    values = waiting(ledger)
    ledger.written(values)
    assert waiting(ledger) == []
    return values


def by_hour(values: HourValues) -> dict[ChannelKey, dict[int, list[HourValue]]]:
    found: dict[ChannelKey, dict[int, list[HourValue]]] = {}
    for key, value in values:
        number = (value.start - NOON) // HOUR
        found.setdefault(key, {}).setdefault(number, []).append(value)
    return found


# --- Each reading once -------------------------------------------------------------------


def test_each_uuid_counts_once(ledger: Ledger) -> None:
    rows = [reading("a", value=1.0), reading("b", 0.5, 3.0), reading("a", value=1.0)]
    assert add(ledger, rows).new == 2
    assert add(ledger, rows).new == 0
    assert write_all(ledger) == [(KEY, hour(0, 1.0, 3.0))]
    assert add(ledger, reversed(rows)).new == 0
    assert waiting(ledger) == [], "what is known changes nothing"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"value": 9.0}, {0: [hour(0, 3.0, 9.0)]}),
        ({"unit": "°F"}, {0: [hour(0, 3.0), hour(0, 1.0, unit="°F")]}),
        ({"unit": None}, {0: [hour(0, 3.0), hour(0, 1.0, unit=None)]}),
        ({"hours": 2.5}, {0: [hour(0, 3.0)], 2: [hour(2, 1.0)]}),
    ],
)
@pytest.mark.parametrize("received", [NOON, NOON + MINUTE])
def test_the_row_that_was_processed_last_replaces_the_known_one(
    ledger: Ledger,
    change: dict[str, Any],
    expected: dict[int, list[HourValue]],
    received: datetime,
) -> None:
    first: dict[str, Any] = {"hours": 0.25, "value": 1.0, "received": NOON}
    add(ledger, [reading("a", **first), reading("b", 0.5, 3.0)])
    write_all(ledger)
    correction = reading("a", **first | change | {"received": received})
    assert add(ledger, [correction]).new == 1
    assert by_hour(write_all(ledger)) == {KEY: expected}
    assert add(ledger, [correction]).new == 0


def test_a_correction_may_name_another_channel(ledger: Ledger) -> None:
    add(ledger, [reading("a", value=1.0), reading("b", value=3.0)])
    write_all(ledger)
    assert add(ledger, [reading("a", value=1.0, channel=2)]).new == 1
    assert write_all(ledger) == [(KEY, hour(0, 3.0)), (("s", 2), hour(0, 1.0))]


@pytest.mark.parametrize("received", [None, NOON - MINUTE])
@pytest.mark.parametrize("together", [True, False])
def test_an_older_row_says_nothing(
    ledger: Ledger, received: datetime | None, *, together: bool
) -> None:
    right = reading("a", value=1.0, received=NOON)
    older = reading("a", 3, 9.0, received=received)
    if together:
        assert add(ledger, [right, older]).new == 1
    else:
        assert (add(ledger, [right]).new, add(ledger, [older]).new) == (1, 0)
    assert waiting(ledger) == [(KEY, hour(0, 1.0))]


def test_processed_again_without_a_change_is_no_news_but_counts_as_the_newest(
    ledger: Ledger,
) -> None:
    add(ledger, [reading("a", value=1.0, received=NOON)])
    write_all(ledger)
    again = reading("a", 0.5, value=1.0, received=NOON + HOUR)
    assert add(ledger, [again]).new == 0
    assert waiting(ledger) == [], "another minute of the same hour makes no difference"
    assert add(ledger, [reading("a", value=9.0, received=NOON + MINUTE)]).new == 0
    assert add(ledger, [replace(again, value=2.0)]).new == 1
    assert waiting(ledger) == [(KEY, hour(0, 2.0))]


def test_an_hour_that_lost_its_only_reading_is_not_written(ledger: Ledger) -> None:
    add(ledger, [reading("a", received=NOON)])
    assert add(ledger, [reading("a", 1, received=NOON + MINUTE)]).new == 1
    assert waiting(ledger) == [(KEY, hour(1, 5.0))]


def test_an_hour_that_lost_a_reading_once_is_written_once(ledger: Ledger) -> None:
    add(ledger, [reading("a"), reading("b")])
    add(ledger, [reading("a", 1)])
    write_all(ledger)
    add(ledger, [reading("c", 2)])
    assert waiting(ledger) == [(KEY, hour(2, 5.0))]


def test_an_hour_that_lost_a_reading_and_was_forgotten_is_still_written(ledger: Ledger) -> None:
    add(ledger, [reading("a"), reading("b", value=3.0)])
    add(ledger, [reading("a", 1)])
    ledger.forget(NOON + 2 * HOUR)
    add(ledger, [reading("c", 3)])
    assert by_hour(waiting(ledger)) == {
        KEY: {0: [hour(0, 3.0)], 1: [hour(1, 5.0)], 3: [hour(3, 5.0)]}
    }


def test_units_and_channels_have_values_of_their_own(ledger: Ledger) -> None:
    add(
        ledger,
        [
            reading("a", value=20.0),
            reading("b", value=68.0, unit="°F"),
            reading("c", value=1.0, unit=None),
            reading("d", value=4.0, channel=2),
            reading("e", value=6.0, sensor_uuid="t"),
        ],
    )
    assert write_all(ledger) == [
        (KEY, hour(0, 20.0)),
        (KEY, hour(0, 68.0, unit="°F")),
        (KEY, hour(0, 1.0, unit=None)),
        (("s", 2), hour(0, 4.0)),
        (("t", 1), hour(0, 6.0)),
    ]


def test_the_mean_of_equal_numbers_is_that_number(ledger: Ledger) -> None:
    numbers = (0.1, 52.3477, -1e-7, 1e17)
    for number in numbers:
        add(
            ledger,
            (reading(f"{number} {each}", each / 10, number, unit=str(number)) for each in range(7)),
        )
    assert [value.mean for _, value in write_all(ledger)] == list(numbers)


# --- What is kept ------------------------------------------------------------------------


def test_a_ledger_that_was_never_begun_keeps_nothing(opener: Opener) -> None:
    ledger = opener()
    added = add(ledger, [reading("a"), reading("b", 0.5), reading("c", 3)])
    assert (added.new, added.beyond) == (0, {KEY: {NOON, NOON + 3 * HOUR}})
    ledger.forget(NOON + HOUR)
    assert (ledger.floor, waiting(ledger)) == (None, [])
    ledger.begin(NOON)
    assert add(ledger, [reading("a")]).new == 1


@pytest.mark.parametrize(
    ("at", "floor"),
    [
        (NOON, NOON),
        (NOON + timedelta(microseconds=1), NOON + HOUR),
        (NOON + 59 * MINUTE, NOON + HOUR),
    ],
)
def test_a_ledger_begins_with_a_full_hour_and_only_once(
    opener: Opener, at: datetime, floor: datetime
) -> None:
    ledger = opener()
    ledger.begin(at)
    assert ledger.floor == floor
    ledger.begin(NOON - DAY)
    ledger.begin(NOON + DAY)
    assert ledger.floor == floor


def test_what_lies_before_the_floor_is_told_but_not_kept(ledger: Ledger) -> None:
    added = add(
        ledger, [reading("a", -0.01), reading("b", -30, channel=2), reading("c", -29.5, channel=2)]
    )
    assert added.new == 0
    assert added.beyond == {KEY: {NOON - HOUR}, ("s", 2): {NOON - 30 * HOUR}}
    assert waiting(ledger) == []


def test_a_reading_that_is_corrected_to_before_the_floor_is_dropped(ledger: Ledger) -> None:
    add(ledger, [reading("a", value=1.0), reading("b", value=3.0), reading("c", 1)])
    write_all(ledger)
    added = add(ledger, [reading("a", -1), reading("c", -2)])
    assert (added.new, added.beyond) == (0, {KEY: {NOON - HOUR, NOON - 2 * HOUR}})
    assert write_all(ledger) == [(KEY, hour(0, 3.0))]
    assert add(ledger, [reading("c", 1)]).new == 1


def test_forgetting_keeps_the_values_that_are_still_to_be_written(ledger: Ledger) -> None:
    add(ledger, [reading("old", 0)])
    write_all(ledger)
    add(ledger, [reading("a", 1, 1.0), reading("b", 1, 2.0), reading("c", 1, 7.0, unit="°F")])
    add(ledger, [reading("d", 2, 4.0)])
    before = waiting(ledger)
    ledger.forget(NOON + 2 * HOUR + 59 * MINUTE)
    assert ledger.floor == NOON + 2 * HOUR
    assert waiting(ledger) == before
    added = add(ledger, [reading("a", 1, 9.0)])
    assert (added.new, added.beyond) == (0, {KEY: {NOON + HOUR}})
    assert write_all(ledger) == before
    ledger.touch([KEY], NOON - DAY, NOON + DAY)
    assert waiting(ledger) == [(KEY, hour(2, 4.0))], "the readings of the others are gone"


def test_forgetting_never_goes_back(ledger: Ledger) -> None:
    ledger.forget(NOON + 2 * HOUR)
    ledger.forget(NOON + HOUR)
    ledger.forget(NOON - DAY)
    assert ledger.floor == NOON + 2 * HOUR


def test_only_so_many_values_are_kept_of_what_was_forgotten(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "MOST_WHOLE", 2)
    add(ledger, (reading(str(number), number) for number in range(5)))
    ledger.forget(NOON + 4 * HOUR)
    assert list(by_hour(waiting(ledger))[KEY]) == [2, 3, 4]


def test_the_oldest_hours_go_first_when_there_are_too_many_readings(opener: Opener) -> None:
    ledger = opener(most=100)
    ledger.begin(NOON)
    assert add(ledger, (reading(str(number), number / 10) for number in range(100))).new == 100
    write_all(ledger)
    assert ledger.floor == NOON
    add(ledger, [reading("more", 9.9)])
    assert ledger.floor == NOON + HOUR
    add(ledger, [reading(str(number), 9.9, value=8.0) for number in range(50, 60)])
    assert ledger.floor == NOON + HOUR, "corrections need no place"
    add(ledger, (reading(f"new {number}", 5.5) for number in range(9)))
    assert ledger.floor == NOON + HOUR
    add(ledger, (reading(f"newer {number}", 5.5) for number in range(30)))
    assert ledger.floor == NOON + 5 * HOUR
    assert add(ledger, [reading("0", 9)]).new == 1, "what is gone is news"


def test_an_hour_that_went_for_want_of_place_is_still_written(opener: Opener) -> None:
    ledger = opener(most=10)
    ledger.begin(NOON)
    add(ledger, (reading(str(number), number / 5, number) for number in range(20)))
    assert ledger.floor == NOON + 3 * HOUR
    assert by_hour(write_all(ledger)) == {
        KEY: {number: [hour(number, *range(5 * number, 5 * number + 5))] for number in range(4)}
    }


# --- Whole hours -------------------------------------------------------------------------


def test_whole_hours_are_put_before_the_floor_only(ledger: Ledger) -> None:
    old = [(KEY, hour(-2, 1.0, 4.0)), (KEY, hour(-1, 2.0)), (KEY, hour(-1, 3.0, unit=None))]
    assert ledger.put([*old, (KEY, hour(0, 7.0)), (KEY, hour(5, 7.0))]) == 3
    assert write_all(ledger) == old


def test_a_whole_hour_replaces_the_one_that_waits_with_all_its_units(ledger: Ledger) -> None:
    ledger.put([(KEY, hour(-1, 2.0)), (KEY, hour(-1, 3.0, unit="°F"))])
    ledger.put([(KEY, hour(-1, 4.0))])
    assert write_all(ledger) == [(KEY, hour(-1, 4.0))]
    assert ledger.put([]) == 0


def test_a_ledger_that_begins_gives_up_the_whole_hours_that_it_will_know_better(
    opener: Opener,
) -> None:
    ledger = opener()
    assert ledger.put((KEY, hour(number, 1.0)) for number in range(-1, 9)) == 10
    ledger.begin(NOON)
    add(ledger, [reading("a", 9)])
    assert by_hour(waiting(ledger)) == {KEY: {-1: [hour(-1, 1.0)], 9: [hour(9, 5.0)]}}
    first = ledger.pending(EVER, 1)
    assert first == [(KEY, hour(-1, 1.0))]
    assert ledger.pending(EVER, 1, first[-1]) == [(KEY, hour(9, 5.0))], "no page is empty"


# --- What is to be written ---------------------------------------------------------------


def test_only_hours_that_are_over_are_told(ledger: Ledger) -> None:
    add(ledger, [reading("a", 0), reading("b", 1), reading("c", 2)])
    assert ledger.pending(NOON, 10) == []
    assert list(by_hour(ledger.pending(NOON + 2 * HOUR, 10))[KEY]) == [0, 1]


def test_pages_leave_nothing_out_and_tell_nothing_twice(ledger: Ledger) -> None:
    for channel in (2, 1):
        for number in range(3):
            for unit in ("°C", "°F"):
                uuid = f"{channel} {number} {unit}"
                add(ledger, [reading(uuid, number, 1.0, channel=channel, unit=unit)])
    pages, after = [], None
    while page := ledger.pending(EVER, 2, after):
        pages.append(page)
        after = page[-1]
    assert [len(page) for page in pages] == [4, 4, 4], "two hours with two units each"
    assert [pair for page in pages for pair in page] == waiting(ledger)
    assert by_hour(waiting(ledger)) == {
        ("s", channel): {
            number: [hour(number, 1.0), hour(number, 1.0, unit="°F")] for number in range(3)
        }
        for channel in (2, 1)
    }


def test_an_hour_that_changed_while_it_was_written_stays_to_be_written(ledger: Ledger) -> None:
    add(ledger, [reading(str(number), number, 1.0) for number in range(5)])
    values = waiting(ledger)
    add(
        ledger,
        [
            reading("another", 0.5, 1.0),
            reading("1", 1, 2.0),
            reading("unit", 2, 1.0, unit="°F"),
            reading("3", 3, 1.0, unit="°F"),
        ],
    )
    ledger.written(values)
    assert by_hour(waiting(ledger)) == {
        KEY: {
            0: [hour(0, 1.0, 1.0)],
            1: [hour(1, 2.0)],
            2: [hour(2, 1.0), hour(2, 1.0, unit="°F")],
            3: [hour(3, 1.0, unit="°F")],
        }
    }


def test_an_hour_of_which_only_the_mean_changed_stays_to_be_written(ledger: Ledger) -> None:
    add(ledger, [reading("a", value=1.0), reading("b", value=2.0), reading("c", value=9.0)])
    values = waiting(ledger)
    add(ledger, [reading("b", value=3.0)])
    ledger.written(values)
    assert waiting(ledger) == [(KEY, hour(0, 1.0, 3.0, 9.0))]


def test_an_hour_that_was_written_with_a_part_of_its_units_stays_to_be_written(
    ledger: Ledger,
) -> None:
    add(ledger, [reading("a"), reading("b", unit="°F")])
    values = waiting(ledger)
    ledger.written(values[:1])
    assert waiting(ledger) == values


def test_what_was_written_need_not_be_known(ledger: Ledger) -> None:
    """A file that was damaged may have been begun anew since the values were read."""
    add(ledger, [reading("a"), reading("b", 1)])
    known = waiting(ledger)
    unknown = ("lost", 1), hour(0, 5.0)
    ledger.written([unknown, known[0], (KEY, hour(1, 5.0, unit="lost"))])
    assert waiting(ledger) == known[1:]
    assert ledger.pending(EVER, 10, unknown) == known[1:]


def test_hours_can_be_had_written_again(ledger: Ledger) -> None:
    add(ledger, (reading(str(number), number) for number in range(4)))
    add(ledger, [reading("other", 1, channel=2), reading("third", 1, channel=3)])
    write_all(ledger)
    keys = (key for key in (KEY, ("s", 2), ("unknown", 1)))
    ledger.touch(keys, NOON + HOUR, NOON + 3 * HOUR)
    assert {key: list(hours) for key, hours in by_hour(write_all(ledger)).items()} == {
        KEY: [1, 2],
        ("s", 2): [1],
    }


# --- The file ----------------------------------------------------------------------------


def test_the_file_keeps_all(opener: Opener, ledger: Ledger) -> None:
    ledger.put([(KEY, hour(-5, 1.0))])
    add(ledger, [reading("a"), reading("b", 1, unit="°F"), reading("c", 2, sensor_uuid="t")])
    values = waiting(ledger)
    ledger.close()
    again = opener()
    assert (again.floor, waiting(again)) == (NOON, values)
    assert add(again, [reading("a"), reading("b", 1, unit="°F"), reading("d", 1)]).new == 1
    assert len(write_all(again)) == 5


def test_nothing_is_opened_before_it_is_needed(path: Path) -> None:
    ledger = Ledger(path / "deep" / "down")
    assert not path.exists()
    ledger.begin(NOON)
    assert (path / "deep" / "down").is_file()
    ledger.close()


def garbage(path: Path) -> None:
    path.write_bytes(b"no database at all " * 1000)


def later_version(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=99")
    db.close()


def broken_table(path: Path) -> None:
    """Destroy the place of a table that is first read in the middle of some work."""
    with sqlite3.connect(path) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name='whole'").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    db.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


@pytest.mark.expect_warnings
@pytest.mark.parametrize("damage", [garbage, later_version])
def test_a_file_that_cannot_be_read_is_set_aside_and_begun_anew(
    ledger: Ledger,
    opener: Opener,
    path: Path,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[Path], None],
) -> None:
    add(ledger, [reading("a")])
    ledger.close()
    damage(path)
    damaged = path.read_bytes()
    again = opener()
    assert again.floor is None
    again.begin(NOON + HOUR)
    assert add(again, [reading("a"), reading("b", 1)]).new == 1
    aside = path.with_name(f"{NAME}.damaged")
    assert aside.read_bytes() == damaged
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert aside.name in record.getMessage()
    again.close()
    path.write_bytes(b"damaged once more")
    assert opener().floor is None
    assert aside.read_bytes() == b"damaged once more", "one is kept at most"


@pytest.mark.expect_warnings
def test_work_that_met_the_damage_is_done_in_the_new_file(
    ledger: Ledger, opener: Opener, path: Path
) -> None:
    ledger.close()
    broken_table(path)
    again = opener()
    values = [(KEY, hour(-2, 1.0)), (KEY, hour(-1, 2.0, unit=None))]
    assert again.put(iter(values)) == 2
    assert path.with_name(f"{NAME}.damaged").exists()
    assert (again.floor, write_all(again)) == (None, values)


@pytest.mark.expect_warnings
def test_what_was_read_before_the_damage_can_be_noted_after_it(
    ledger: Ledger, opener: Opener, path: Path
) -> None:
    add(ledger, [reading("a")])
    values = waiting(ledger)
    ledger.close()
    broken_table(path)
    again = opener()
    again.written(iter(values))
    assert again.floor is None
    assert again.pending(EVER, 10, values[-1]) == []


def test_a_closed_ledger_says_so(ledger: Ledger) -> None:
    ledger.close()
    ledger.close()
    for use in (
        lambda: ledger.floor,
        lambda: ledger.begin(NOON),
        lambda: add(ledger, [reading("a")]),
        lambda: ledger.put([]),
        lambda: ledger.written([]),
        lambda: waiting(ledger),
    ):
        with pytest.raises(LedgerError, match="closed"):
            use()


def test_a_folder_in_the_place_of_the_file_is_an_error(ledger: Ledger, tmp_path: Path) -> None:
    folder = Ledger(tmp_path)
    with pytest.raises(LedgerError, match="unable to open"):
        folder.begin(NOON)
    with pytest.raises(LedgerError):
        folder.begin(NOON)
    below = Ledger(tmp_path / NAME / "below")
    assert ledger.floor == NOON
    with pytest.raises(LedgerError):
        add(below, [reading("a")])


class Small(Ledger):
    """A ledger on a disk with little space."""

    pages = 30

    @override
    def opened(self, db: sqlite3.Connection) -> None:
        super().opened(db)
        db.execute(f"PRAGMA max_page_count={self.pages}")


def rows_of(name: str, count: int) -> Iterator[Reading]:
    return (reading(f"{name} {number}", number / 100) for number in range(count))


def hours_before(count: int) -> HourValues:
    return [(KEY, hour(-number, 1.0)) for number in range(1, count + 1)]


def test_a_full_disk_loses_nothing_that_was_kept(path: Path) -> None:
    ledger = Small(path)
    ledger.begin(NOON)
    assert add(ledger, rows_of("a", 100)).new == 100
    values = waiting(ledger)
    with pytest.raises(LedgerFullError):
        add(ledger, rows_of("b", 5000))
    with pytest.raises(LedgerFullError):
        ledger.put(hours_before(5000))
    assert waiting(ledger) == values
    assert add(ledger, rows_of("a", 101)).new == 1, "a little still fits"
    ledger.pages = 10_000
    ledger.close()
    ledger = Small(path)
    ledger.pages = 10_000
    assert add(ledger, rows_of("b", 5000)).new == 5000
    assert ledger.put(hours_before(5000)) == 5000
    ledger.close()


def test_a_new_unit_that_found_no_space_is_not_taken_for_known(path: Path) -> None:
    ledger = Small(path)
    ledger.begin(NOON)
    with pytest.raises(LedgerFullError):
        add(ledger, (reading(str(number), unit="x" * 1000 + str(number)) for number in range(500)))
    assert add(ledger, [reading("a", unit="x" * 1000 + "0")]).new == 1
    assert waiting(ledger) == [(KEY, hour(0, 5.0, unit="x" * 1000 + "0"))]
    ledger.close()


def test_removing_deletes_everything(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    add(ledger, [reading("a")])
    path.with_name(f"{NAME}.damaged").touch()
    assert len(list(tmp_path.iterdir())) == 4
    ledger.remove()
    assert list(tmp_path.iterdir()) == []
    ledger.remove()
    with pytest.raises(LedgerError, match="closed"):
        ledger.begin(NOON)


# --- All together ------------------------------------------------------------------------


def truth_of(rows: Iterable[Reading]) -> dict[ChannelKey, dict[datetime, dict[str | None, Any]]]:
    """Return count, mean, lowest and highest of all hours, in plain Python."""
    last: dict[str, Reading] = {}
    for row in sorted(rows, key=lambda row: row.received or NOON - DAY):
        last[row.uuid] = row
    hours: dict[ChannelKey, dict[datetime, dict[str | None, list[float]]]] = {}
    for row in last.values():
        start = NOON + (row.at - NOON) // HOUR * HOUR
        units = hours.setdefault((row.sensor_uuid, row.channel), {}).setdefault(start, {})
        units.setdefault(row.unit, []).append(row.value)
    return {
        key: {
            start: {unit: _summary(values) for unit, values in units.items()}
            for start, units in starts.items()
        }
        for key, starts in hours.items()
    }


def _summary(values: list[float]) -> tuple[int, Any, float, float]:
    mean = pytest.approx(sum(values) / len(values), rel=1e-9, abs=1e-9)
    return len(values), mean, min(values), max(values)


def as_truth(values: HourValues) -> dict[ChannelKey, dict[datetime, dict[str | None, Any]]]:
    found: dict[ChannelKey, dict[datetime, dict[str | None, Any]]] = {}
    for key, it in values:
        units = found.setdefault(key, {}).setdefault(it.start, {})
        units[it.unit] = it.count, it.mean, it.lowest, it.highest
    return found


def test_several_threads_may_call_at_a_time(ledger: Ledger) -> None:
    rows = [
        reading(str(number), number / 100, number % 7, channel=number % 3) for number in range(3000)
    ]

    def add_some(first: int) -> int:
        return sum(add(ledger, rows[at : at + 50]).new for at in range(first, 3000, 100))

    def write(_turn: int) -> None:
        ledger.written(ledger.pending(EVER, 20))

    with ThreadPoolExecutor(8) as pool:
        added = pool.map(add_some, (0, 50, 25, 0))
        written = pool.map(write, range(50))
        assert sum(added) == 3000
        assert list(written) == [None] * 50
    write_all(ledger)
    ledger.touch({row.key for row in rows}, NOON, EVER)
    assert as_truth(waiting(ledger)) == truth_of(rows)


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[Reading]]:
    """Draw what a cloud delivers: each reading some times, corrected, in any order."""
    rows: list[Reading] = []
    for number in range(draw(st.integers(1, 12))):
        received = None if draw(st.booleans()) else NOON
        for revision in range(draw(st.integers(1, 3))):
            row = reading(
                str(number),
                draw(st.integers(0, 24)) / 8,
                draw(st.floats(-1e6, 1e6)),
                channel=draw(st.integers(1, 2)),
                unit=draw(st.sampled_from((None, "°C", "°F"))),
                received=NOON + revision * MINUTE if revision else received,
            )
            rows += [row] * draw(st.integers(1, 2))
    rows = draw(st.permutations(rows))
    cuts = sorted(draw(st.lists(st.integers(0, len(rows)), max_size=4)))
    return [rows[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]


@given(batches=deliveries(), reopened_after=st.integers(0, 9))
def test_whatever_way_readings_come_their_hours_are_those_of_the_truth(
    batches: list[list[Reading]], reopened_after: int
) -> None:
    rows = [row for batch in batches for row in batch]
    truth = truth_of(rows)
    written: dict[tuple[ChannelKey, datetime], HourValues] = {}
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / NAME)
        ledger.begin(NOON)
        for number, batch in enumerate(batches):
            add(ledger, batch)
            values = write_all(ledger)
            for place in {(key, value.start) for key, value in values}:
                written[place] = [pair for pair in values if (pair[0], pair[1].start) == place]
            if number == reopened_after:
                ledger.close()
                ledger = Ledger(Path(folder) / NAME)
        ledger.touch({row.key for row in rows}, NOON, EVER)
        kept = waiting(ledger)
        ledger.close()
    assert as_truth(kept) == truth
    hours = Hours()
    for batch in batches:
        hours.add(Batch.of(batch))
    assert as_truth([*hours.taken()]) == truth
    # An hour that lost all its readings stands as it was last written.
    assert {
        key: {start: as_truth(written[key, start])[key][start] for start in hours}
        for key, hours in truth.items()
    } == truth
