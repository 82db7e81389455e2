"""When devices and probes have to be calibrated: their owner says it, no cloud does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from .identity import identity
from .instruments import Instrument, InstrumentKind, named
from .model import Sensor

_AHEAD = timedelta(days=60)
"""A laboratory wants to be asked, and something has to measure meanwhile."""
_NEAR = timedelta(days=14)


class CalibrationNotice(StrEnum):
    """How near a calibration is."""

    AHEAD = "ahead"
    NEAR = "near"
    OVERDUE = "overdue"


def calibration_notice(due: date, today: date) -> CalibrationNotice | None:
    """Return what to say of a date: 60 days before, again 14 days before, and once it passed."""
    left = due - today
    if left < timedelta():
        return CalibrationNotice.OVERDUE
    if left <= _NEAR:
        return CalibrationNotice.NEAR
    return CalibrationNotice.AHEAD if left <= _AHEAD else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What is calibrated as a whole: a logger, a radio sensor or one probe of several."""

    instrument: Instrument
    probe: Sensor | None = None

    @property
    def serial(self) -> str:
        """Return the number that stands in its certificate."""
        return self.instrument.serial if self.probe is None else self.probe.serial

    @property
    def unique_id(self) -> str:
        """Return the identity of its date."""
        return identity(self.serial, "calibration_due", mark=self.instrument.mark)

    @property
    def name(self) -> str:
        """Return what it is called; a probe says nothing without its logger."""
        whole = self.instrument.name
        return whole if self.probe is None else f"{whole}, {named(self.probe)}"


def calibrated(instrument: Instrument, probe: Sensor | None = None) -> Iterator[Calibrated]:
    """Yield what is calibrated of an instrument, or one probe of it.

    A logger with several probes has a certificate of its own, or each probe has one, or both.
    A gateway measures nothing by itself.
    """
    if probe is None and instrument.kind is not InstrumentKind.GATEWAY:
        yield Calibrated(instrument=instrument)
    for one in instrument.probes:
        if probe in {None, one}:
            yield Calibrated(instrument=instrument, probe=one)
