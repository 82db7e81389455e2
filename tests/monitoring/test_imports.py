"""History that a user asked for: the jobs that it takes, and what they brought."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.testo_smart_connect.monitoring.codec import dump, load
from custom_components.testo_smart_connect.monitoring.history import HourValue
from custom_components.testo_smart_connect.monitoring.imports import Import, brought, spans_for
from custom_components.testo_smart_connect.monitoring.spans import Span

FIRST = datetime(2026, 7, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_an_import_takes_one_job_for_each_part_of_time_and_sensors() -> None:
    found = spans_for({"c", "a", "b"}, (FIRST, FIRST + 10 * DAY), "task", 7 * DAY, 2)
    newer, older = (FIRST + 3 * DAY, FIRST + 10 * DAY), (FIRST, FIRST + 3 * DAY)
    assert found == tuple(
        Span(sensors=sensors, start=start, end=end, task="task")
        for start, end in (newer, older)
        for sensors in (("a", "b"), ("c",))
    )


def test_an_import_of_nothing_takes_no_job() -> None:
    assert spans_for([], (FIRST, FIRST + DAY), "task", DAY, 2) == ()
    assert spans_for(["a"], (FIRST, FIRST), "task", DAY, 2) == ()


def test_a_job_brought_rows_and_hours_and_shows_where_some_are_missing() -> None:
    span = Span(sensors=("a",), start=FIRST, end=FIRST + DAY, task="task")
    values = [
        (("a", channel), HourValue(FIRST + number * HOUR, 5, 1.0, 0.0, 2.0, unit))
        for channel, number, unit in (
            *((1, number, "°C") for number in (9, 0, 1, 4, 5)),
            *((2, 0, unit) for unit in ("°C", "°F")),
        )
    ]
    assert brought(span, values) == Import(
        id="task", start=FIRST, end=FIRST + DAY, jobs=1, rows=35, hours=6, gaps=2
    )


def test_a_repair_belongs_to_no_import() -> None:
    span = Span(sensors=("a",), start=FIRST, end=FIRST + DAY)
    assert brought(span, []) == Import(id="", start=FIRST, end=FIRST + DAY, jobs=1)


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
    begun = Import(id="task", start=FIRST, end=FIRST + DAY, jobs=3, done=done)
    assert load(Import, dump(begun)) == begun
