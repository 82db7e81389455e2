"""A new logger is set up from its box to its limits, and its cycle changed, in two languages."""

from pathlib import Path
import re
from typing import Any

from playwright.sync_api import expect
import pytest

from .alarm import picture
from .conftest import CloudWithSettings
from .second_cloud import CUSTOMER, KEY, NEW_SERIAL, PASSWORD, SITES, USER
from .walk import OpenPage, Walk

pytestmark = pytest.mark.browser

_RELOAD = """
async (title) => {
  const { hass } = document.querySelector("home-assistant");
  const entries = await hass.callWS({ type: "config_entries/get", domain: "testo_smart_connect" });
  const { entry_id } = entries.find((entry) => entry.title === title);
  await hass.callService("homeassistant", "reload_config_entry", { entry_id });
}
"""
_IS_THERE = """
(serial) => Object.values(document.querySelector("home-assistant").hass.devices)
  .find((device) => device.serial_number === serial)?.id
"""
_ENABLE = """
async (device_id) => {
  const { hass } = document.querySelector("home-assistant");
  const entities = await hass.callWS({ type: "config/entity_registry/list" });
  const { entity_id } = entities.find(
    (entity) => entity.device_id === device_id && entity.translation_key === "measuring_cycle"
  );
  await hass.callWS({ type: "config/entity_registry/update", entity_id, disabled_by: null });
  return entity_id;
}
"""
_STATE = """
([entity_id, state]) => {
  const found = document.querySelector("home-assistant").hass.states[entity_id];
  return found && (state === null || Number(found.state) === state);
}
"""


class OnboardWalk(Walk):
    """The way of somebody with a key, and a login for settings."""

    kind = "smart_connect"

    def set_up(self) -> None:
        """Add the account."""
        said = self.choose_kind()
        self.dialog.locator("input[name=api_key]").fill(KEY)
        self.type_address(said)
        self.finish_set_up()

    def begin(self, kind: str) -> dict[str, Any]:
        """Begin what can be added to the account; return its texts."""
        self.see_integration()
        said: dict[str, Any] = self.texts["config_subentries"][kind]
        self.choose(said["initiate_flow"]["user"])
        return said

    def add_login(self, address: str) -> None:
        """Add the login for settings, which may change them."""
        said = self.begin("settings")
        form = said["step"]["user"]
        for text in (form["title"], form["description"], *form["data_description"].values()):
            self.shows(text)
        for name, value in (("username", USER), ("password", PASSWORD)):
            self.dialog.locator(f"input[name={name}]").fill(value)
        self.dialog.locator("ha-selector-select").first.click()
        self.page.get_by_text(SITES[0], exact=True).last.click()
        expect(self.dialog.locator("ha-selector-select").first).to_contain_text(SITES[0])
        self.dialog.locator("ha-switch").click()
        self.dialog.get_by_text(form["sections"]["advanced"]["name"]).click()
        self.dialog.locator("input[name=base_url]").fill(address)
        self.leave("login")
        self.submit()
        done = re.compile(rf"{self.words.finish}$", re.IGNORECASE)
        self.dialog.get_by_role("button", name=done).click()
        expect(self.dialog).to_be_hidden()

    def connect(self) -> None:
        """Go from the site to the first contact."""
        said = self.begin("onboard")
        step = said["step"]
        self.shows(step["site"]["title"])
        self.shows(SITES[0])
        self.leave("site")
        self.submit()
        self.shows(step["hotspot"]["title"])
        shown = self.dialog.locator("img[src='/testo_smart_connect/hotspot.svg']")
        expect(shown).to_be_visible()
        assert shown.evaluate("image => image.naturalWidth") > 0
        expect(self.dialog.locator("code")).to_have_text(re.compile(r"^\w{4}-\w{4}-\w{4}$"))
        self.shows(SITES[0])
        self.leave("hotspot")
        self.submit()
        self.shows(said["progress"]["wait"])
        self.leave("waiting")
        self.shows(step["arrived"]["title"].format(serial=NEW_SERIAL))
        self.leave("arrived")

    def set(self) -> None:
        """Set the cycles and limits, and end."""
        step: dict[str, Any] = self.texts["config_subentries"]["onboard"]["step"]
        options = step["arrived"]["menu_options"]
        self.dialog.get_by_text(options["cycles"], exact=True).click()
        bounds = {"measuring_cycle": "1–1440", "communication_cycle": "1–1440"}
        for text in step["cycles"]["data_description"].values():
            self.shows(text.format(**bounds))
        measuring = self.dialog.get_by_role(
            "spinbutton", name=step["cycles"]["data"]["measuring_cycle"]
        )
        measuring.fill("2000")
        self.submit()
        self.shows(self.texts["config_subentries"]["onboard"]["error"]["out_of_bounds"])
        self.leave("cycles")
        measuring.fill("5")
        self.submit()
        # The account lists it with its next look, or when it is loaded anew.
        self.page.evaluate(_RELOAD, CUSTOMER)
        self.page.wait_for_function(_IS_THERE, arg=NEW_SERIAL)
        self.dialog.get_by_text(options["limits"], exact=True).click()
        form = step["limits"]
        self.shows(form["title"].format(serial=NEW_SERIAL))
        for text in form["data_description"].values():
            self.shows(text)
        self.dialog.get_by_role("textbox", name=form["data"]["name"]).fill("Impfstoffe")
        self.dialog.get_by_role("spinbutton", name=form["data"]["upper"]).fill("8")
        self.leave("limits")
        self.submit()
        self.dialog.get_by_text(options["done"], exact=True).click()
        self.shows(self.texts["config_subentries"]["onboard"]["abort"]["onboarded"])
        self.leave("done")

    def change(self) -> None:
        """Look at the number on the page of the new logger, and change it."""
        device = self.page.evaluate(_IS_THERE, NEW_SERIAL)
        entity = self.page.evaluate(_ENABLE, device)
        self.page.evaluate(_RELOAD, CUSTOMER)
        self.page.wait_for_function(_STATE, arg=[entity, 5])
        self.open(f"/config/devices/device/{device}")
        field = self.page.locator("hui-number-entity-row input").first
        expect(field).to_have_value(re.compile("^5"))
        field.fill("20")
        field.press("Tab")
        self.page.wait_for_function(_STATE, arg=[entity, 20])
        self.picture("cycle_changed")

    def leave(self, name: str) -> None:
        """Leave a picture of the dialog."""
        path = self._folder / f"onboard_{name}_{self._language}.png"
        picture(self.dialog, path)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_new_logger(
    open_page: OpenPage, cloud_with_settings: CloudWithSettings, screenshots: Path, language: str
) -> None:
    walk = OnboardWalk(open_page(language), language, cloud_with_settings.account, screenshots)
    walk.set_up()
    walk.add_login(cloud_with_settings.settings)
    walk.connect()
    walk.set()
    walk.change()
    walk.remove()
