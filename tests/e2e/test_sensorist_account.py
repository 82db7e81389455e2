"""An account of Sensorist from its set-up to its removal, in two languages."""

import json
from pathlib import Path

from playwright.sync_api import expect
import pytest

from .second_cloud import COLD_ROOM, GATEWAY, PASSWORD, USER
from .walk import OpenPage, Walk

pytestmark = pytest.mark.browser

_DEVICE = """
(name) => {
  const { hass } = document.querySelector("home-assistant");
  return Object.values(hass.devices).find((device) => device.name?.endsWith(name))?.id;
}
"""
_ALARM = """
([device, room]) => {
  const { hass } = document.querySelector("home-assistant");
  const open = Object.values(hass.entities)
    .filter((entity) => entity.device_id === device && entity.entity_id.endsWith("_alarm"))
    .map((entity) => hass.states[entity.entity_id])
    .find((state) => state?.state === "on");
  return open?.attributes.friendly_name.replace(room, "").trim();
}
"""


class SensoristWalk(Walk):
    """The way of somebody with an e-mail address and a password."""

    kind = "sensorist"
    called = "Sensorist"

    def set_up(self) -> None:
        """Add the account, with a wrong password at first: nothing that was typed is lost."""
        said = self.choose_kind()
        email, password, address = (
            self.dialog.locator(f"input[name={name}]") for name in ("email", "password", "base_url")
        )
        email.fill(USER)
        password.fill("wrong-password")
        self.type_address(said)
        self.submit()
        self.shows(self.config["error"]["invalid_auth"])
        expect(email).to_have_value(USER)
        expect(address).to_have_value(self.cloud)
        self.picture("wrong_password")
        password.fill(PASSWORD)
        self.finish_set_up(has_sites=False)

    def see_alarm(self) -> None:
        """Look at the page of the cold room, and at its alarm."""
        device = self.page.wait_for_function(_DEVICE, arg=COLD_ROOM).json_value()
        self.open(f"/config/devices/device/{device}")
        expect(
            self.page.get_by_text("12.5").or_(self.page.get_by_text("12,5")).first
        ).to_be_visible()
        of_room = [device, COLD_ROOM]
        alarm = self.page.wait_for_function(_ALARM, arg=of_room).json_value()
        self.picture("device")
        self.page.get_by_text(alarm, exact=True).first.click()
        dialog = self.page.locator("ha-more-info-dialog")
        expect(dialog.get_by_text("Problem", exact=True).first).to_be_visible()
        self.picture("alarm")

    def look_for_secrets(self) -> None:
        """Look for anything private in the file that a person would post."""
        text = self.diagnostics()
        assert json.loads(text)["data"]["account"]["kind"] == self.kind
        for private in (USER, PASSWORD, COLD_ROOM, GATEWAY, self.cloud):
            assert private not in text
            assert json.dumps(private)[1:-1] not in text


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_account_of_sensorist(
    open_page: OpenPage, second_sensorist_cloud: str, screenshots: Path, language: str
) -> None:
    walk = SensoristWalk(open_page(language), language, second_sensorist_cloud, screenshots)
    walk.set_up()
    walk.see_alarm()
    walk.look_for_secrets()
    walk.remove()
