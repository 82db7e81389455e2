"""Many alarms at once, and a log of many: what the loop is held for, what is written."""

from collections.abc import Collection, Hashable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from uuid import UUID

from homeassistant.core import HomeAssistant

from custom_components.testo_smart_connect.history.alarm_file import AlarmFile
from custom_components.testo_smart_connect.monitoring.alarms import AlarmLog
from custom_components.testo_smart_connect.monitoring.model import Transition

from .chain import Chain, Row, stamp, write
from .house import LATER, NOW, Loop, add, fill, home, never_wait, serving, settle

_PACE = timedelta(seconds=20)
_GRACE = timedelta(minutes=15)


async def measure(loggers: int, alarms: int) -> dict[str, float]:
    """Return the longest hold of the loop, in seconds, when so many alarms begin at once."""
    chain = Chain(loggers)
    with TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, chain, NOW)
        async with serving(folder) as base_url, home() as hass:
            never_wait()
            entry = await add(hass, base_url)
            write(folder / "v3-alarms.gz", _violations(chain, alarms))
            loop = Loop()
            with loop.watched():
                # From inside: one refresh alone is measured, without the clock that asks for it.
                entry.runtime_data.requested.send()
                await settle(hass)
            assert _told(hass) == alarms
    return {"alarms": float(alarms), "hold": loop.hold, "cpu": loop.cpu}


def _violations(chain: Chain, number: int) -> Iterator[Row]:
    for place in range(number):
        yield {
            "uuid": str(UUID(int=place + 1)),
            "alarm_status": "Alarm",
            "alarm_time": stamp(LATER),
            "last_status_change_time": stamp(LATER),
            "alarm_condition_type": "Upper limit",
            "alarm_severity": "Alarm",
            "alarm_value": "9.5",
            "physical_unit": "°C",
            "physical_property_name": "Temperature",
            "physical_extension": "Unknown",
            "alarm_source_uuid": chain.loggers[place][1],
            "alarm_type": "measurement alarm",
            "processed_at": stamp(LATER),
        }


def _told(hass: HomeAssistant) -> int:
    return sum(state.state != "unknown" for state in hass.states.async_all("event"))


class _Topology:
    """Takes serials as they come."""

    def source(self, transition: Transition) -> str:
        return transition.serial or ""

    def meant(self, transition: Transition) -> Collection[Hashable]:
        return (transition.serial,)


def log(rows: int, few: int) -> dict[str, float]:
    """Return what a long log costs: bytes written for ten alarms more, CPU by row of two logs."""
    known = _learnt(AlarmLog(read=NOW), 0, rows)
    with TemporaryDirectory() as name, closing(AlarmFile(Path(name) / "alarms")) as file:
        file.save(known, {})
        before = _written()
        file.save(_learnt(known, rows, 10), known.records)
        told = _written() - before
    return {
        "rows": float(rows),
        "bytes": float(told),
        "many": _seconds(known) / rows,
        "few": _seconds(_learnt(AlarmLog(read=NOW), 0, few)) / few,
    }


def _learnt(alarm_log: AlarmLog, first: int, number: int) -> AlarmLog:
    """Learn a hostile log: violations of ever other properties, recoveries that name none."""
    rows = (
        Transition(
            uuid=str(UUID(int=place + 1)),
            raised=place % 4 != 0,
            at=NOW + place * _PACE,
            received=NOW + place * _PACE,
            condition="upper",
            property_name=f"property {place % 997}" if place % 4 else None,
            unit="°C",
            value=8.5,
            serial=f"{place % 10}",
            source_uuid=str(UUID(int=place % 10)),
            reason="Alarm condition is violated",
        )
        for place in range(first, first + number)
    )
    now: datetime = NOW + (first + number) * _PACE
    return alarm_log.learn(rows, NOW, now, now)


def _seconds(alarm_log: AlarmLog) -> float:
    now = NOW + len(alarm_log.records) * _PACE
    begun = process_time()
    alarm_log.forget(now, alarm_log.state(_Topology(), now, _GRACE))
    return process_time() - begun


def _written() -> int:
    """Return how many bytes the process has written to files so far (Linux)."""
    for line in Path("/proc/self/io").read_text().splitlines():
        name, _, number = line.partition(": ")
        if name == "wchar":
            return int(number)
    message = "the system does not count what is written"
    raise OSError(message)
