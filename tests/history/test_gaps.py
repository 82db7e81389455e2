"""Missing readings: found between two others, asked for with patience, given up in the end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from custom_components.testo_smart_connect.history.batch import Batch
from custom_components.testo_smart_connect.history.gaps import Gap, lasting, plan
from custom_components.testo_smart_connect.history.ledger import Ledger
from custom_components.testo_smart_connect.history.missing import missing_hours
from custom_components.testo_smart_connect.monitoring.codec import dump, load
from custom_components.testo_smart_connect.monitoring.model import Reading

MIDNIGHT = datetime(2026, 7, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOON = MIDNIGHT + 12 * HOUR
FIVE, SIX = 1 << 5, 1 << 6
"""Hours of a day."""


def readings(*periods: tuple[float, float], cycle: int = 15, sensor: str = "s") -> list[Reading]:
    """Return the readings of periods, in hours from midnight."""
    found = []
    for start, end in periods:
        at = MIDNIGHT + start * HOUR
        while at < MIDNIGHT + end * HOUR:
            uuid = f"{sensor}-{at.isoformat()}"
            found.append(Reading(uuid=uuid, sensor_uuid=sensor, channel=1, at=at, value=5.0))
            at += cycle * MINUTE
    return found


def missing(
    folder: Path,
    found: list[Reading],
    cycle: int = 15,
    sensor: str = "s",
    now: datetime = MIDNIGHT + 90 * DAY,
) -> dict[str, set[int]]:
    ledger = Ledger(folder / "readings")
    ledger.begin(MIDNIGHT)
    ledger.add([Batch.of(found)])
    cycles = {(sensor, 1): cycle * MINUTE}
    lacks = [missing_hours(ledger, cycles, MIDNIGHT, now) for _ in range(2)]
    ledger.close()
    assert lacks[0] == lacks[1]
    return {
        name: {
            (hour - MIDNIGHT) // HOUR
            for day, hours in days.items()
            for hour in Gap(sensor=name, day=day, seen=day, lacking=hours).hours
        }
        for name, days in lacks[0].items()
    }


@pytest.mark.parametrize(
    ("periods", "cycle", "hours"),
    [
        ([(0, 10)], 15, set()),
        ([(0, 3), (7, 10)], 15, {3, 4, 5, 6}),
        ([(0, 3.25), (6.75, 10)], 15, {3, 4, 5}),  # 6 is no worse than the one before it
        ([(0.5, 9.25)], 15, set()),
        ([(0, 3.75), (4, 10)], 15, set()),
        ([(0, 3.5), (4, 10)], 15, {3}),
        ([(0, 24)], 120, set()),
        ([(0, 4), (10, 24)], 120, {3, 4, 5, 6, 7, 8, 9}),
        ([(0, 5)], 5, set()),
    ],
)
def test_what_is_missing_lies_between_two_readings(
    tmp_path: Path, periods: list[tuple[float, float]], cycle: int, hours: set[int]
) -> None:
    found = missing(tmp_path, readings(*periods, cycle=cycle), cycle)
    assert found.get("s", set()) == hours


def test_nothing_is_missing_that_is_still_to_come(tmp_path: Path) -> None:
    found = readings((0, 3), (7, 8), (15, 16), (100 * 365 * 24, 100 * 365 * 24 + 1))
    assert missing(tmp_path, found, now=MIDNIGHT + 9.5 * HOUR) == {"s": {3, 4, 5, 6}}


def test_a_gap_over_several_days_has_hours_of_each(tmp_path: Path) -> None:
    found = readings((0, 22), (49, 60))
    assert missing(tmp_path, found) == {"s": {*range(22, 49)}}


def test_a_cycle_that_was_longer_once_is_no_gap(tmp_path: Path) -> None:
    found = [*readings((0, 10), cycle=30), *readings((10, 20), cycle=5)]
    assert missing(tmp_path, found, cycle=5) == {}


def test_a_channel_without_a_known_cycle_is_not_judged(tmp_path: Path) -> None:
    assert missing(tmp_path, readings((0, 3), (7, 10)), sensor="other") == {}


def asked(*, eager: bool) -> list[int]:
    """Return after how many hours a lasting gap is asked for, during 31 days."""
    gaps: tuple[Gap, ...] = ()
    hours = {"s": {MIDNIGHT: FIVE | SIX}}
    found: list[int] = []
    for hour in range(31 * 24):
        planned = plan(gaps, hours, MIDNIGHT + hour * HOUR, eager=eager)
        gaps = planned.gaps
        found += [hour] * len(planned.due)
    assert gaps == (), "what is a month old is not looked for"
    return found


def test_a_gap_is_asked_for_ever_more_rarely() -> None:
    assert asked(eager=True) == [0, 1, 6, 24, 72, 168, 336]
    assert asked(eager=False) == [24, 72, 168]


def test_a_gap_that_is_closed_is_forgotten() -> None:
    first = plan((), {"s": {MIDNIGHT: FIVE}, "other": {MIDNIGHT: FIVE}}, NOON, eager=True)
    assert [gap.sensor for gap in first.due] == ["other", "s"]
    second = plan(first.gaps, {"s": {MIDNIGHT: SIX}}, NOON + HOUR, eager=True)
    (gap,) = second.gaps
    assert (gap.sensor, gap.asked, [*gap.hours]) == ("s", 2, [MIDNIGHT + 6 * HOUR])


def test_what_was_asked_for_in_vain_is_lasting_after_two_days() -> None:
    gap = Gap(sensor="s", day=MIDNIGHT, seen=MIDNIGHT, lacking=FIVE, asked=1)
    never = Gap(sensor="t", day=MIDNIGHT, seen=MIDNIGHT, lacking=FIVE)
    assert lasting((gap, never), MIDNIGHT + 47 * HOUR) == ()
    assert lasting((gap, never), MIDNIGHT + 48 * HOUR) == (gap,)


def test_gaps_survive_a_restart() -> None:
    gap = Gap(sensor="s", day=MIDNIGHT, seen=MIDNIGHT, lacking=FIVE, asked=1)
    assert load(Gap, dump(gap)) == gap


def test_a_gap_of_the_first_release_lacks_nothing_until_it_is_looked_for() -> None:
    """It listed its hours; what lacks readings is known again within a minute of the start."""
    stored = dump(Gap(sensor="s", day=MIDNIGHT, seen=MIDNIGHT, asked=1))
    gap = load(Gap, stored | {"hours": [NOON.isoformat()]})
    assert lasting((gap,), MIDNIGHT + 9 * DAY) == ()
