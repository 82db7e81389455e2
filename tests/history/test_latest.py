"""The newest readings."""

from datetime import datetime

from custom_components.testo_smart_connect.history.batch import Batch
from custom_components.testo_smart_connect.history.latest import Newest, merged
from custom_components.testo_smart_connect.monitoring.model import ChannelKey, Reading
from tests.monitoring.feed import HOUR, MINUTE, NOON

SECOND = MINUTE / 60


def reading(sensor: str, channel: int, at: datetime, value: float = 5.0) -> Reading:
    return Reading(
        uuid=f"{sensor}{channel}{at}", sensor_uuid=sensor, channel=channel, at=at, value=value
    )


def newest(rows: list[Reading], now: datetime) -> dict[ChannelKey, Reading]:
    """Return the newest of readings that come one by one."""
    found = Newest(now)
    for row in rows:
        found.add(Batch.of([row]))
    return found.readings


def test_newest_reading_wins_in_whatever_order_they_come() -> None:
    rows = [reading("wired", 1, NOON - number * MINUTE, number) for number in (2, 0, 1)]
    other = reading("wired", 2, NOON - HOUR)
    assert newest([*rows, other], NOON) == {
        ("wired", 1): rows[1],
        ("wired", 2): other,
    }


def test_a_clock_may_be_a_little_ahead() -> None:
    edge, later = (reading("wired", 1, NOON + 10 * MINUTE + it * SECOND) for it in (0, 1))
    assert newest([edge, later], NOON) == {("wired", 1): edge}


def test_future_reading_neither_shows_nor_hides_what_is_shown() -> None:
    good, future = reading("wired", 1, NOON), reading("wired", 1, NOON + 11 * MINUTE)
    for rows in ([future, good], [good, future]):
        assert newest(rows, NOON) == {("wired", 1): good}
    assert newest([future], NOON + MINUTE) == {("wired", 1): future}


def test_state_never_goes_back() -> None:
    key: ChannelKey = ("wired", 1)
    old, new = reading("wired", 1, NOON), reading("wired", 1, NOON + MINUTE)
    again = reading("wired", 1, NOON + MINUTE, 99.0)
    assert merged({}, {key: old}) == ({key: old}, {key})
    assert merged({key: old}, {key: new}) == ({key: new}, {key})
    assert merged({key: new}, {key: old}) == ({key: new}, set())
    assert merged({key: new}, {key: again}) == ({key: new}, set())
    other = reading("wired", 2, NOON)
    assert merged({key: new}, {key: old, other.key: other}) == (
        {key: new, other.key: other},
        {other.key},
    )
