"""The account that 0.1.0 had seen; the simulator of that release builds it alike."""

from datetime import UTC, datetime, timedelta

from tests.simulator import Fleet, Kind, band

BEGIN = datetime(2026, 7, 1, 9, 50, 30, tzinfo=UTC)
"""When the account was added."""
END = BEGIN.replace(hour=14, minute=32)
"""When Home Assistant was stopped for the update."""
BACK = datetime(2026, 7, 1, 15, 10, 30, tzinfo=UTC)
"""When Home Assistant is started again, with the current release."""
KEY, ADDRESS = "key-of-the-simulator", "http://simulator"
"""What stands in the files instead of the key and the address of the simulator."""
SITE, OTHER_SITE = "Apotheke Köln", "Kantine Lörrach"
FRIDGE, CLIMATE, GATEWAY, RADIO, FREEZER, CANTEEN = (
    "90000101",
    "90000102",
    "90000103",
    "91000301",
    "90000104",
    "90000105",
)
_HOUR = timedelta(hours=1)


def furnish(fleet: Fleet) -> None:
    """Fill the fleet and script what happened in it, and what is still going on."""
    fleet.connection_timeout = timedelta(days=3)
    site, other = fleet.add_site(SITE), fleet.add_site(OTHER_SITE)
    limits = band("Temperature", alarm=(-50, 50))
    # An alarm that is open when Home Assistant stops, and when it is back.
    fridge = fleet.add_logger(site, "Kühlschrank 1", serial=FRIDGE, limits=limits)
    fridge.sensors[0].channels[0].hold(BEGIN + 2 * _HOUR, BEGIN + 30 * _HOUR, 60.0)
    # An acknowledged one, and one that was over before.
    climate = fleet.add_logger(site, "Lager", kind=Kind.CLIMATE, serial=CLIMATE, limits=limits)
    climate.sensors[0].channels[0].hold(BEGIN + _HOUR, BEGIN + 1.5 * _HOUR, -55.0)
    climate.sensors[0].channels[0].hold(BEGIN + 2.5 * _HOUR, BEGIN + 30 * _HOUR, 55.0)
    # An alarm of a radio sensor that is snoozed.
    gateway = fleet.add_gateway(site, "Gateway", serial=GATEWAY)
    radio = gateway.add_radio_sensor(
        "Laborkühlschrank", kind=Kind.PRODUCT, serial=RADIO, limits=limits
    )
    radio.channels[0].hold(BEGIN + 3 * _HOUR, BEGIN + 30 * _HOUR, 70.0)
    # Out of reach while Home Assistant is stopped: its readings come late.
    freezer = fleet.add_logger(site, "Tiefkühler", serial=FREEZER)
    freezer.outage(BEGIN + 3.2 * _HOUR, BACK + _HOUR)
    # Not chosen.
    fleet.add_logger(other, "Getränke", serial=CANTEEN)
