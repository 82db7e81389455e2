"""A year in the life of an account, from its set-up to its removal, in two languages."""

from datetime import UTC, datetime, timedelta
import json
from pathlib import Path

from playwright.sync_api import expect
import pytest

from .second_cloud import CUSTOMER, KEY, SITES
from .walk import OpenPage, Walk

pytestmark = pytest.mark.browser

SECOND_KEY, THIRD_KEY = "second year", "third year"
_REFRESH = """
() => {
  const { hass } = document.querySelector("home-assistant");
  const entities = Object.values(hass.entities)
    .filter((entity) => entity.platform === "testo_smart_connect")
    .map((entity) => entity.entity_id);
  return hass.callService("homeassistant", "update_entity", { entity_id: entities });
}
"""
_RECONFIGURE = """
async ([entry, typed]) => {
  const { hass } = document.querySelector("home-assistant");
  const flows = "config/config_entries/flow";
  const form = { handler: "testo_smart_connect", entry_id: entry };
  const { flow_id } = await hass.callApi("POST", flows, form);
  let step = await hass.callApi("POST", `${flows}/${flow_id}`, typed);
  while (step.type.startsWith("progress")) {
    await new Promise((done) => setTimeout(done, 500));
    step = await hass.callApi("GET", `${flows}/${flow_id}`);
  }
  return step.reason;
}
"""


class SmartConnectWalk(Walk):
    """The way of somebody with a key."""

    kind = "smart_connect"

    def set_keys(self, *keys: str) -> None:
        """Let the cloud accept these keys alone."""
        answer = self.page.request.put(f"{self.cloud}/admin/keys", data={"keys": keys})
        assert answer.ok, answer.text()

    def set_up(self) -> None:
        """Add the account, with a wrong key at first: nothing that was typed is lost."""
        said = self.choose_kind()
        region = self.dialog.get_by_role(
            "radio", name=self.texts["selector"]["region"]["options"]["eu"]
        )
        expect(region).to_be_checked()
        key, address = (
            self.dialog.locator(f"input[name={name}]") for name in ("api_key", "base_url")
        )
        key.fill("wrong-key")
        self.type_address(said)
        self.submit()
        self.shows(self.config["error"]["invalid_auth"])
        expect(region).to_be_checked()
        expect(key).to_have_value("wrong-key")
        expect(address).to_have_value(self.cloud)
        self.picture("wrong_key")
        key.fill(KEY)
        self.finish_set_up()

    def change_options(self) -> None:
        """Read alarms every minute from now on."""
        said = self.open_options()
        for name, text in said["data_description"].items():
            if name == "push":
                # That of another kind of account.
                continue
            self.shows(text)
        interval = self.dialog.get_by_role("spinbutton", name=said["data"]["alarm_interval"])
        expect(interval).to_have_value("5")
        interval.fill("1")
        self.save_options()

    def renew_key(self) -> None:
        """Meet a key that is refused, and enter a new one."""
        self.set_keys(SECOND_KEY)
        self.page.evaluate(_REFRESH)
        button = self.page.get_by_role("button", name=self.words.reconfigure)
        expect(button).to_be_visible()
        self.picture("attention")
        button.click()
        self.shows(self.config["step"]["reauth_confirm"]["description"])
        self.picture("reauth")
        self.dialog.locator("input[name=api_key]").fill(SECOND_KEY)
        self.submit()
        self.shows(self.words.reauthenticated)
        self.dialog.get_by_role("button", name=self.words.close).last.click()
        expect(button).to_be_hidden()

    def follow_the_reminder(self) -> None:
        """Meet the reminder that the key ends, and change it from there."""
        entry = self.page.evaluate(
            "() => document.querySelector('home-assistant').hass"
            ".callWS({type: 'config_entries/get', domain: 'testo_smart_connect'})"
        )
        (mine,) = (row["entry_id"] for row in entry if row["title"] == CUSTOMER)
        soon = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
        typed = {
            "region": "eu",
            "api_key": SECOND_KEY,
            "key_expires": soon,
            "advanced": {"base_url": self.cloud},
        }
        assert self.page.evaluate(_RECONFIGURE, [mine, typed]) == "reconfigure_successful"
        self.open("/config/repairs")
        said = self.texts["issues"]["key_expires"]["fix_flow"]["step"]["confirm"]
        title = self.texts["issues"]["key_expires"]["title"].format(account=CUSTOMER, date=soon)
        self.page.get_by_text(title).click()
        for text in said["description"].split("\n\n"):
            for line in text.splitlines():
                self.shows(line.lstrip("123. "))
        self.picture("reminder")
        self.submit()
        self.shows(self.config["step"]["reconfigure"]["description"])
        self.picture("reconfigure")
        self.set_keys(SECOND_KEY, THIRD_KEY)
        key = self.dialog.locator("input[name=api_key]")
        expect(key).to_have_value("")  # what is stored is not shown
        key.fill(THIRD_KEY)
        self.submit()
        expect(self.page.get_by_text(title)).to_have_count(0)

    def look_for_secrets(self) -> None:
        """Look for anything private in the file that a person would post."""
        text = self.diagnostics()
        assert json.loads(text)["data"]["cloud"]["failures"]
        for private in (KEY, SECOND_KEY, THIRD_KEY, CUSTOMER, *SITES, "80000001", self.cloud):
            assert private not in text


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_year_in_the_life_of_an_account(
    open_page: OpenPage, second_cloud: str, screenshots: Path, language: str
) -> None:
    walk = SmartConnectWalk(open_page(language), language, second_cloud, screenshots)
    walk.set_keys(KEY)
    walk.set_up()
    walk.change_options()
    walk.renew_key()
    walk.follow_the_reminder()
    walk.look_for_secrets()
    walk.remove()
