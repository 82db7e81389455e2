"""What is calibrated, and when something is said of its date."""

from datetime import date, timedelta

import pytest

from custom_components.testo_smart_connect.monitoring.calibration import (
    CalibrationNotice,
    calibrated,
    calibration_notice,
)
from custom_components.testo_smart_connect.monitoring.instruments import Instrument, InstrumentKind
from custom_components.testo_smart_connect.monitoring.model import Device, Sensor

ONE, TWO = (Sensor(uuid=f"u-{name}", serial=name, name=name.title()) for name in ("one", "two"))
TWINS = Device(uuid="u-twins", serial="twins", name="Schrank", sensors=(ONE, TWO))


def of_kind(kind: InstrumentKind, device: Device, sensor: Sensor | None = None) -> Instrument:
    return Instrument(kind=kind, device=device, sensor=sensor, mark="@x")


@pytest.mark.parametrize(
    ("left", "notice"),
    [
        (61, None),
        (60, CalibrationNotice.AHEAD),
        (15, CalibrationNotice.AHEAD),
        (14, CalibrationNotice.NEAR),
        (0, CalibrationNotice.NEAR),
        (-1, CalibrationNotice.OVERDUE),
        (-800, CalibrationNotice.OVERDUE),
    ],
)
def test_the_nearer_it_is_the_more_is_said(left: int, notice: CalibrationNotice | None) -> None:
    today = date(2026, 7, 1)
    assert calibration_notice(today + timedelta(days=left), today) is notice


def test_a_logger_and_its_probes_have_dates_of_their_own() -> None:
    logger = of_kind(InstrumentKind.LOGGER, TWINS)
    assert [(it.serial, it.unique_id, it.name) for it in calibrated(logger)] == [
        ("twins", "twins@x_calibration_due", "Schrank"),
        ("one", "one@x_calibration_due", "Schrank, One"),
        ("two", "two@x_calibration_due", "Schrank, Two"),
    ]
    assert [it.serial for it in calibrated(logger, TWO)] == ["two"]


def test_a_gateway_has_none_but_its_radio_sensors_do() -> None:
    radio = Sensor(uuid="u-radio", serial="radio", radio=True)
    device = Device(uuid="u-gateway", serial="gateway", sensors=(radio,))
    assert [*calibrated(of_kind(InstrumentKind.GATEWAY, device))] == []
    (one,) = calibrated(of_kind(InstrumentKind.RADIO_SENSOR, device, radio))
    assert one.serial == "radio"
