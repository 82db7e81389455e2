"""What a user sees of an inventory."""

from custom_components.testo_smart_connect.monitoring.instruments import InstrumentKind, instruments
from custom_components.testo_smart_connect.monitoring.model import (
    Channel,
    Device,
    Inventory,
    Sensor,
)

AIR = Channel(number=1, property_name="Temperature", extension="Air Temperature", unit="°C")
SECOND = Channel(number=2, property_name="Temperature", extension="Air Temperature", unit="°C")
HUMIDITY = Channel(number=3, property_name="Humidity", extension="Relative Humidity", unit="%")
SHOCK = Channel(number=4, property_name="Shock", unit="mg")
SPIN = Channel(number=5, property_name="Spin", unit="rpm")
SPIN_TOO = Channel(number=6, property_name="Spin", unit="rpm")


def sensor(name: str, *channels: Channel, radio: bool = False) -> Sensor:
    return Sensor(uuid=f"u-{name}", serial=name, model="S", radio=radio, channels=channels)


def test_gateway_comes_before_its_radio_sensors() -> None:
    lab = sensor("lab", AIR, radio=True)
    gateway = Device(
        uuid="g",
        serial="gw",
        category="GATEWAY",
        model="G",
        firmware="2.0",
        name="Erdgeschoß",
        sensors=(lab,),
    )
    logger = Device(uuid="l", serial="lo", sensors=(sensor("built-in", HUMIDITY),))
    found = list(instruments(Inventory(devices=(gateway, logger))))
    assert [(it.kind, it.serial) for it in found] == [
        (InstrumentKind.GATEWAY, "gw"),
        (InstrumentKind.RADIO_SENSOR, "lab"),
        (InstrumentKind.LOGGER, "lo"),
    ]
    first, radio, last = found
    assert (first.model, first.firmware, first.name) == ("G", "2.0", "Erdgeschoß")
    assert (radio.model, radio.firmware, radio.name) == ("S", None, "S lab")
    assert last.name == "lo"
    assert first.sensors == ()
    assert [installed.unique_id for installed in radio.channels()] == ["gw_lab_1"]
    assert [(installed.unique_id, installed.key) for installed in last.channels()] == [
        ("lo_built-in_3", ("u-built-in", 3))
    ]


def test_probes_of_a_logger_with_several_are_parts() -> None:
    one, two = sensor("one", AIR), sensor("two", AIR)
    (instrument,) = instruments(
        Inventory(devices=(Device(uuid="d", serial="d", sensors=(one, two)),))
    )
    assert instrument.probes == (one, two)
    assert [(installed.probe, installed.repeated) for installed in instrument.channels()] == [
        (one, False),
        (two, False),
    ]


def test_only_sensor_of_a_logger_is_no_part() -> None:
    device = Device(uuid="d", serial="d", sensors=(sensor("one", AIR),))
    (instrument,) = instruments(Inventory(devices=(device,)))
    assert instrument.probes == ()
    assert [installed.probe for installed in instrument.channels()] == [None]


def test_channels_that_would_share_a_name_are_marked() -> None:
    device = Device(
        uuid="d",
        serial="d",
        sensors=(sensor("one", AIR, SECOND, HUMIDITY, SHOCK, SPIN, SPIN_TOO),),
    )
    (instrument,) = instruments(Inventory(devices=(device,)))
    assert [
        (installed.channel.number, installed.repeated) for installed in instrument.channels()
    ] == [
        (1, True),
        (2, True),
        (3, False),
        (4, False),
        (5, True),
        (6, True),
    ]
