"""History that a user asked for: the jobs that it takes, and what they brought."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.testo_smart_connect.history.hours import HourValue
from custom_components.testo_smart_connect.history.imports import Import, brought, jobs_of
from custom_components.testo_smart_connect.history.ranges import ReadRange
from custom_components.testo_smart_connect.monitoring.codec import dump, load

FIRST = datetime(2026, 7, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def import_of(sensors: str, days: float) -> Import:
    period = FIRST, FIRST + days * DAY
    jobs = jobs_of(sensors, period, 7 * DAY, 2)
    return Import(id="task", start=period[0], end=period[1], jobs=jobs, sensors=tuple(sensors))


def test_an_import_takes_one_job_for_each_part_of_time_and_sensors() -> None:
    task, found = import_of("abc", 10), []
    while task.done < task.jobs:
        found.append(task.next_range(7 * DAY, 2))
        task = task.advanced(brought(found[-1], []))
    newer, older = (FIRST + 3 * DAY, FIRST + 10 * DAY), (FIRST, FIRST + 3 * DAY)
    assert found == [
        ReadRange(sensors=sensors, start=start, end=end, task="task")
        for start, end in (newer, older)
        for sensors in (("a", "b"), ("c",))
    ]


@pytest.mark.parametrize(
    ("sensors", "begin", "end", "same"),
    [
        ("ab", 0, 10, True),
        ("a", 2, 3, True),
        ("abd", 2, 3, False),
        ("a", -1, 3, False),
        ("a", 2, 11, False),
    ],
)
def test_an_import_includes_what_it_brings(sensors: str, begin: int, end: int, same: bool) -> None:  # noqa: FBT001 - a parameter
    task = import_of("abc", 10)
    assert task.includes(sensors, FIRST + begin * DAY, FIRST + end * DAY) is same


def test_a_job_brought_rows_and_hours_and_shows_where_some_are_missing() -> None:
    read_range = ReadRange(sensors=("a",), start=FIRST, end=FIRST + DAY, task="task")
    values = [
        (("a", channel), HourValue(FIRST + number * HOUR, 5, 1.0, 0.0, 2.0, unit))
        for channel, number, unit in (
            *((1, number, "°C") for number in (9, 0, 1, 4, 5)),
            *((2, 0, unit) for unit in ("°C", "°F")),
        )
    ]
    assert brought(read_range, values) == Import(
        id="task", start=FIRST, end=FIRST + DAY, jobs=1, rows=35, hours=6, gaps=2
    )


def test_a_repair_belongs_to_no_import() -> None:
    read_range = ReadRange(sensors=("a",), start=FIRST, end=FIRST + DAY)
    assert brought(read_range, []) == Import(id="", start=FIRST, end=FIRST + DAY, jobs=1)


def test_an_import_adds_up_what_its_jobs_brought() -> None:
    begun = Import(id="task", start=FIRST, end=FIRST + 3 * DAY, jobs=3)
    part = Import(id="task", start=FIRST, end=FIRST + DAY, jobs=1, rows=5, hours=2, gaps=1)
    steps = [begun]
    for _ in range(3):
        steps.append(steps[-1].advanced(part))
    assert [step.percent for step in steps] == [0, 33, 66, 100]
    assert steps[-1] == Import(
        id="task", start=FIRST, end=FIRST + 3 * DAY, jobs=3, done=3, rows=15, hours=6, gaps=3
    )


@pytest.mark.parametrize("done", [0, 2])
def test_an_import_survives_a_restart(done: int) -> None:
    begun = replace(import_of("abc", 10), done=done)
    assert load(Import, dump(begun)) == begun
