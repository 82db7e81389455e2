"""A showcase that gets too warm, and what is done about it."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

LOGGER = "Vitrine Süd"
"""Its site has the same limits for all loggers, so that the limit of the alarm is known."""
SENSOR = "binary_sensor.museum_bern_vitrine_sud_temperature_alarm"
EVENTS = "event.museum_bern_vitrine_sud_alarms"
AUTOMATION = "automation.cold_storage_alarm"
_MARGIN = 20
_CALL = """
([action, entity, data]) => {
  const { hass } = document.querySelector("home-assistant");
  const { device_id } = hass.entities[entity];
  return hass.callService("testo_smart_connect", action, { device_id, ...data });
}
"""


def hold(page: Page, cloud: str, logger: str, value: float) -> None:
    """Let the first channel of a logger measure one value from now on."""
    rows = page.request.get(f"{cloud}/admin/truth").json()["latest"]
    serial = next(row["sensor"] for row in rows if row["name"] == logger)
    answer = page.request.post(f"{cloud}/admin/hold", data={"serial": serial, "value": value})
    assert answer.ok, answer.text()


def act(page: Page, action: str, **data: Any) -> None:
    """Take one of the actions of the integration for the showcase, as the user signed in."""
    page.evaluate(_CALL, [action, SENSOR, data])


def picture(dialog: Locator, path: Path) -> None:
    """Leave a picture of a dialog and a little of what is around it."""
    box = dialog.locator("dialog").first.bounding_box()
    assert box is not None
    dialog.page.screenshot(
        path=path,
        animations="disabled",
        clip={
            "x": box["x"] - _MARGIN,
            "y": box["y"] - _MARGIN,
            "width": box["width"] + 2 * _MARGIN,
            "height": box["height"] + 2 * _MARGIN,
        },
    )
