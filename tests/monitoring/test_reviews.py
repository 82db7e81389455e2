"""Who looked at a logger, and at which of its probes."""

from datetime import UTC, datetime, timedelta

from custom_components.testo_smart_connect.monitoring.instruments import Instrument, InstrumentKind
from custom_components.testo_smart_connect.monitoring.model import Device, Sensor
from custom_components.testo_smart_connect.monitoring.report_model import Review
from custom_components.testo_smart_connect.monitoring.reviews import (
    KEPT,
    GivenReview,
    reviews_of,
    still_kept,
)

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE, TWO = (Sensor(uuid=f"u-{name}", serial=name, name=name.title()) for name in ("one", "two"))
LOGGER = Instrument(
    kind=InstrumentKind.LOGGER,
    device=Device(uuid="u-twins", serial="twins", sensors=(ONE, TWO)),
)


def given(hours: int, *serials: str, note: str | None = None) -> GivenReview:
    return GivenReview(at=NOON + hours * HOUR, by="Anna", note=note, serials=serials)


def looked(hours: int, note: str | None = None) -> Review:
    return Review(at=NOON + hours * HOUR, by="Anna", note=note)


def test_a_look_at_all_is_one_at_each_probe_but_not_the_other_way_round() -> None:
    known = (
        given(3, "two", note="door ajar"),
        given(1, "twins", "other", note="fine"),
        given(2, "one"),
        given(2, "other"),
        given(4, "two", "one"),
        given(5, "one", "twins"),
    )
    begin, end = NOON, NOON + 24 * HOUR
    assert reviews_of(known, LOGGER, begin, end) == (
        looked(1, "fine"),
        looked(2, "One"),
        looked(3, "Two: door ajar"),
        looked(4, "One, Two"),
        looked(5),
    )
    assert reviews_of(known, LOGGER, begin, end, ONE) == (
        looked(1, "fine"),
        looked(2),
        looked(4),
        looked(5),
    )


def test_only_those_of_the_time_count() -> None:
    known = tuple(given(hour, "twins") for hour in range(4))
    assert reviews_of(known, LOGGER, NOON + HOUR, NOON + 3 * HOUR) == (looked(1), looked(2))


def test_what_is_too_old_is_forgotten() -> None:
    known = (given(0, "twins"), given(1, "twins"))
    assert still_kept(known, NOON + KEPT) == known
    assert still_kept(known, NOON + KEPT + HOUR) == known[1:]
    assert still_kept(known, NOON + KEPT + 2 * HOUR) == ()
