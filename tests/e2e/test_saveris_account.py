"""An account of testo Saveris from its set-up to its removal, in two languages."""

import json
from pathlib import Path

from playwright.sync_api import expect
import pytest

from .second_cloud import CUSTOMER, PASSWORD, SITES, USER
from .walk import OpenPage, Walk

pytestmark = pytest.mark.browser

_PUSHED = """
() => {
  const { hass } = document.querySelector("home-assistant");
  const push = Object.values(hass.entities).find((entity) => entity.translation_key === "push");
  return push && hass.states[push.entity_id]?.state === "on";
}
"""


class SaverisWalk(Walk):
    """The way of somebody with a user name and a password."""

    kind = "saveris_data"

    def set_up(self) -> None:
        """Add the account, with a wrong password at first: nothing that was typed is lost."""
        said = self.choose_kind()
        user, password, address = (
            self.dialog.locator(f"input[name={name}]")
            for name in ("username", "password", "base_url")
        )
        user.fill(USER)
        password.fill("wrong-password")
        self.type_address(said)
        self.picture("typed")
        self.submit()
        self.shows(self.config["error"]["invalid_auth"])
        expect(user).to_have_value(USER)
        expect(password).to_have_value("wrong-password")
        expect(address).to_have_value(self.cloud)
        self.picture("wrong_password")
        password.fill(PASSWORD)
        self.finish_set_up()

    def switch_push_on(self) -> None:
        """Let alarms be pushed from now on, and see that they are."""
        said = self.open_options()
        self.shows(said["data_description"]["push"])
        self.dialog.locator("ha-switch").click()
        self.save_options()
        self.page.wait_for_function(_PUSHED)
        self.see_integration()
        self.picture("push")

    def look_for_secrets(self) -> None:
        """Look for anything private in the file that a person would post."""
        text = self.diagnostics()
        assert json.loads(text)["data"]["account"]["kind"] == self.kind
        for private in (USER, PASSWORD, CUSTOMER, *SITES, "80000001", self.cloud):
            assert private not in text


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_account_of_testo_saveris(
    open_page: OpenPage, second_saveris_cloud: str, screenshots: Path, language: str
) -> None:
    walk = SaverisWalk(open_page(language), language, second_saveris_cloud, screenshots)
    walk.set_up()
    walk.switch_push_on()
    walk.look_for_secrets()
    walk.remove()
