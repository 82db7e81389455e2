"""What any cloud declares and reports."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.testo_smart_connect.clouds.base import (
    Cloud,
    Interval,
    Resource,
    Traits,
)
from custom_components.testo_smart_connect.clouds.report import Report

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_what_only_brings_names_is_not_essential() -> None:
    every = Interval.fixed(HOUR)
    traits = Traits(
        intervals={Resource.READINGS: every, Resource.LOCATIONS: every},
        names_only=frozenset({Resource.LOCATIONS}),
    )
    assert traits.essential == (Resource.READINGS,)
    assert traits.offers(Resource.LOCATIONS)
    assert not traits.offers(Resource.LIMITS)
    assert (every.default, every.least, every.most) == (HOUR, HOUR, HOUR)


def test_a_report_goes_on_from_the_one_before() -> None:
    """How long rows were not understood counts from the first read to the last that had some."""
    first = Report(resource="alarms", rows=2, rejected={"no_uuid": 1}).after(None, NOON)
    assert (first.misread_since, first.misread_for) == (NOON, timedelta())
    again = Report(resource="alarms", rows=1, rejected={"no_uuid": 1}).after(first, NOON + HOUR)
    assert (again.misread_since, again.misread_for) == (NOON, HOUR)
    nothing = Report(resource="alarms").after(again, NOON + 2 * HOUR)
    assert (nothing.misread_since, nothing.misread_for) == (NOON, HOUR), "no rows tell nothing"
    good = Report(resource="alarms", rows=3).after(nothing, NOON + 3 * HOUR)
    assert (good.misread_since, good.misread_for) == (None, timedelta())
    assert dict(good.rejected) == {}


async def test_a_cloud_is_not_asked_for_what_it_does_not_declare() -> None:
    with pytest.raises(NotImplementedError):
        await Cloud().limits()
    assert Cloud().learnt == {}
