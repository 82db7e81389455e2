"""The testo Smart Connect API.

Facts: Smart Connect reference, parts 2, 6 and 9.
"""

from dataclasses import replace
from typing import ClassVar

from .job_cloud import PROPERTIES, STATUS, TRAITS, WAYS, JobCloud, Way

REGIONS = ("eu", "am", "ap")
KEY_HEADER = "x-custom-api-key"


def base_url(region: str) -> str:
    """Return the address of a region."""
    return f"https://data-api.{region}.smartconnect.testo.com"


class SmartConnect(JobCloud):
    """One account of the Smart Connect API."""

    # Documented in its form, but not proven live (part 9).
    traits: ClassVar = replace(TRAITS, by_arrival=True)
    ways: ClassVar = {
        **WAYS,
        PROPERTIES: (Way("/v3/devices/properties"),),
        STATUS: (Way("/v4/devices/status"), Way("/v3/devices/status")),
    }
