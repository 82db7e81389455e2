"""However absurd a feed is: nothing fails, nothing is told twice, order does not matter."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st
import orjson
import pytest

from custom_components.testo_smart_connect.monitoring.alarm_state import AlarmState
from custom_components.testo_smart_connect.monitoring.alarm_view import alarm_view
from custom_components.testo_smart_connect.monitoring.alarms import AHEAD, AlarmLog
from custom_components.testo_smart_connect.monitoring.episodes import Identity
from custom_components.testo_smart_connect.monitoring.model import Transition
from custom_components.testo_smart_connect.monitoring.revisions import version
from custom_components.testo_smart_connect.monitoring.topology import topology_of
from tests.hypothesis_profiles import fuzz

from .feed import DAY, GRACE, MINUTE, NOON, loaded, saved
from .test_alarms_property import INVENTORY

SHAPE = topology_of(INVENTORY, (), ())
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)

# Hypothesis warns of a generator of its own when it is given a seed.
pytestmark = pytest.mark.filterwarnings("ignore:It looks like `register_random`")

names = st.one_of(
    st.none(), st.sampled_from(("a", "b", "u-one", "u-gateway", "one", "logger")), st.text()
)
near = st.integers(-60 * 24 * 60, 60 * 24 * 60).map(lambda minutes: NOON + minutes * MINUTE)
times = near | st.sampled_from((NOON, FIRST, LAST)) | st.datetimes(timezones=st.just(UTC))
transitions = st.builds(
    Transition,
    uuid=st.sampled_from("abcdefgh"),
    raised=st.booleans(),
    at=times,
    received=st.none() | times,
    changed=st.none() | times,
    of_sensor=st.booleans(),
    system=st.booleans(),
    condition=st.sampled_from(("upper", "lower", "Sensor is broken", None)) | st.text(),
    severity=st.sampled_from(("alarm", "warning", "unknown")) | st.text(),
    property_name=st.sampled_from(("Temperature", "Humidity", "Unknown", None)) | st.text(),
    extension=names,
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    unit=names,
    source_uuid=names,
    serial=names,
    site=names,
    # Of itself, of one that ends it, of one that never was.
    ends=st.none() | st.sampled_from("abcdefghxyz"),
    reason=names,
)


def _sensible(rows: list[Transition]) -> list[Transition]:
    """Leave out the recoveries that are an older version of the row of their violation."""
    begun = {row.uuid: version(row) for row in rows if row.raised}
    return [
        row for row in rows if row.raised or row.uuid not in begun or begun[row.uuid] < version(row)
    ]


feeds = st.lists(transitions, max_size=12, unique_by=lambda row: (row.uuid, row.raised)).map(
    _sensible
)
"""A log that is absurd in all but this: a transition is the same in each delivery."""
steps = st.lists(
    st.tuples(
        # The clock of the house runs on, jumps ahead and back.
        st.sampled_from((5 * MINUTE, DAY, 40 * DAY, timedelta(), -2 * DAY)),
        st.sets(st.integers(0, 11)),
        st.sampled_from(("tell", "crash", "mute", "restart")),
    ),
    min_size=1,
    max_size=8,
)


def find(alarm_log: AlarmLog, now: datetime) -> AlarmState:
    """Derive everything, and place it where a user looks for it."""
    found = alarm_log.state(SHAPE, now, GRACE)
    alarm_view(found.active, found.episodes, SHAPE.sources)
    for alarm_event in found.due:
        assert alarm_event.event_type
        assert alarm_event.late(GRACE) in {True, False}
    for episode in found.episodes:
        assert episode.id
        assert episode.duration is None or episode.duration >= timedelta()
    parts = [part for it in found.episodes for part in (it.raised, it.cleared) if part]
    assert len(parts) == len(set(map(_identity, parts))), "a transition in two episodes"
    assert set(found.active) <= set(found.episodes)
    assert all(it.raised and not it.cleared for it in found.active)
    return found


def _identity(row: Transition) -> Identity:
    return row.uuid, row.raised


@given(feeds, steps)
@fuzz()
def test_any_feed_is_told_at_most_once(
    feed: list[Transition],
    course: list[tuple[timedelta, set[int], str]],
) -> None:
    alarm_log, now = AlarmLog(), NOON
    kept = saved(alarm_log)
    told: list[Identity] = []
    for wait, numbers, happens in course:
        now += wait
        start = alarm_log.start(now)
        assert start < now
        # What was forgotten comes again only if it was asked for, by whichever time.
        rows = [
            row
            for number, row in enumerate(feed)
            if number in numbers and start <= (row.received or row.at) <= now + AHEAD
        ]
        is_first = alarm_log.read is None
        has_gap = alarm_log.has_gap(start)
        alarm_log = alarm_log.learn([*rows, *rows], start, now, now)
        if has_gap:
            alarm_log = alarm_log.end_unknown(find(alarm_log, now).active, start, now)
        found = find(alarm_log, now)
        assert not is_first or not found.due
        if happens == "crash":
            alarm_log = loaded(kept)
            continue
        if happens != "mute":
            told += [_identity(alarm_event.transition) for alarm_event in found.due]
            alarm_log = alarm_log.announce(found.due)
        alarm_log = alarm_log.forget(now, found)
        assert find(alarm_log, now).active == found.active, "forgetting changed what is open"
        kept = saved(alarm_log)
        assert orjson.loads(orjson.dumps(kept)) is not None
        if happens == "restart":
            alarm_log = loaded(kept)
    assert len(told) == len(set(told))


@given(feeds, st.randoms(use_true_random=False), st.integers(1, 4))
@fuzz()
def test_the_order_and_number_of_deliveries_do_not_matter(
    feed: list[Transition], random: Random, parts: int
) -> None:
    shuffled = list(feed)
    random.shuffle(shuffled)
    size = max(1, len(shuffled) // parts)
    expected = _learnt([feed])
    assert _learnt([shuffled]) == expected
    batches = [shuffled[at : at + size] for at in range(0, len(shuffled), size)]
    assert _learnt([*batches, shuffled]) == expected


def _learnt(batches: Iterable[Iterable[Transition]]) -> AlarmState:
    alarm_log = AlarmLog(read=NOON)
    for rows in batches:
        alarm_log = alarm_log.learn(rows, NOON, NOON, NOON)
    return find(alarm_log, NOON)


@given(st.lists(transitions, max_size=12), st.lists(near, min_size=1, max_size=4))
@fuzz()
def test_rows_that_contradict_themselves(rows: list[Transition], nows: list[datetime]) -> None:
    """One uuid for many transitions, and a clock that is set at will."""
    alarm_log = AlarmLog()
    for now in nows:
        start = alarm_log.start(now)
        assert start < now
        alarm_log = alarm_log.learn(rows, start, now, now)
        found = find(alarm_log, now)
        alarm_log = alarm_log.announce(found.due)
        assert not find(alarm_log, now).due
        alarm_log = alarm_log.forget(now, found)
        find(alarm_log, now)
