"""Names of channels, tokens and units, however they are written."""

from base64 import urlsafe_b64encode
import json
from typing import Any

import pytest

from custom_components.testo_smart_connect.clouds.saveris_2.channel_name import ChannelName
from custom_components.testo_smart_connect.clouds.saveris_2.token import tenant_of
from custom_components.testo_smart_connect.clouds.saveris_2.units import property_of_unit
from custom_components.testo_smart_connect.monitoring.quantities import Quantity, classify


@pytest.mark.parametrize(
    ("name", "serial", "number", "model"),
    [
        ("T3_90000104_1", "90000104", 1, "Saveris 2-T3"),
        ("90000104_0", "90000104", 0, None),
        ("T3_X_90000104_12", "90000104", 12, "Saveris 2-T3_X"),
        ("T3_12345_0", "aB3xK_T3_12345_0", 0, None),
        ("T3_90000104_", "aB3xK_T3_90000104_", 0, None),
        ("T3_90000104_99999", "aB3xK_T3_90000104_99999", 0, None),
        ("T3_9000010४_0", "aB3xK_T3_9000010४_0", 0, None),
        ("Fühler", "aB3xK_Fühler", 0, None),
    ],
)
def test_the_name_of_a_channel(name: str, serial: str, number: int, model: str | None) -> None:
    place = ChannelName.of(name, "aB3xK")
    assert (place.serial, place.number, place.model) == (serial, number, model)


def token(claims: Any) -> str:
    """Return a token with some claims, whatever they are."""
    payload = urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.c2ln"


@pytest.mark.parametrize(
    ("told", "tenant"),
    [
        (token({"sub": "s", "mandantUuid": "m"}), "m"),
        (token({"sub": "s"}), "s"),
        (token({"mandantUuid": None, "sub": " s "}), "s"),
        (token({"mandantUuid": "m" * 300}), None),
        (token({}), None),
        (token(["m"]), None),
        ("", None),
        ("abc", None),
        ("a.ü.c", None),
        ("a.%%%.c", None),
        ("a.e.c", None),
    ],
)
def test_whose_account_a_token_opens(told: str, tenant: str | None) -> None:
    assert tenant_of(told) == tenant


@pytest.mark.parametrize(
    ("unit", "quantity", "spelt"),
    [
        ("°C", Quantity.TEMPERATURE, "°C"),
        ("°F", Quantity.TEMPERATURE, "°F"),
        ("%rF", Quantity.HUMIDITY, "%"),
        ("%rH", Quantity.HUMIDITY, "%"),
        ("°C td", Quantity.DEW_POINT, "°C"),
        ("g/m³", Quantity.ABSOLUTE_HUMIDITY, "g/m³"),
        ("hPa", Quantity.PRESSURE, "hPa"),
        ("ppm", Quantity.CO2, "ppm"),
        ("furlongs", Quantity.OTHER, "furlongs"),
        (None, Quantity.OTHER, None),
    ],
)
def test_what_a_unit_tells(unit: str | None, quantity: Quantity, spelt: str | None) -> None:
    property_name, extension, found = property_of_unit(unit)
    assert (classify(property_name, extension, found), found) == (quantity, spelt)
