"""A year in the life of an account, from its set-up to its removal, in two languages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import re
from typing import Any

from playwright.sync_api import Locator, Page, expect
import pytest

from custom_components.testo_smart_connect.const import DOMAIN, NAME
from tests.metadata.files import translation

from .second_cloud import CUSTOMER, KEY, SITES
from .words import WORDS, Words

pytestmark = pytest.mark.browser

WORKING = 60_000
"""Milliseconds that a job of the cloud may take."""
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

type OpenPage = Callable[[str], Page]


class Walk:
    """One person's way through the pages of Home Assistant."""

    def __init__(self, page: Page, language: str, cloud: str, screenshots: Path) -> None:
        """Begin with a page on which somebody is signed in."""
        self.page = page
        self.cloud = cloud
        self.words: Words = WORDS[language]
        self.texts: dict[str, Any] = translation(language)
        self.config: dict[str, Any] = self.texts["config"]
        self.dialog = page.locator("dialog-data-entry-flow")
        self._language, self._folder = language, screenshots

    @property
    def account(self) -> Locator:
        """Return the account on the page of the integration."""
        return self.page.locator("ha-config-entry-row").filter(has_text=CUSTOMER)

    def shows(self, text: str, **patience: Any) -> None:
        """Expect a text in the dialog, as far as it has no link in it."""
        plain = re.split(r"[\[{]", text)[0].strip()
        expect(self.dialog.get_by_text(plain).first).to_be_visible(**patience)

    def submit(self) -> None:
        """Submit the form."""
        self.dialog.get_by_role("button", name=self.words.submit, exact=True).click()

    def picture(self, name: str) -> None:
        """Leave a picture."""
        path = self._folder / f"account_{name}_{self._language}.png"
        self.page.screenshot(path=path, animations="disabled")

    def see_integration(self) -> None:
        """Go to the page of the integration."""
        self.page.goto(f"/config/integrations/integration/{DOMAIN}")
        expect(self.account).to_be_visible()

    def choose(self, item: str) -> None:
        """Choose from the menu of the account."""
        self.account.get_by_role("button", name=self.words.menu, exact=True).first.click()
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def set_keys(self, *keys: str) -> None:
        """Let the cloud accept these keys alone."""
        answer = self.page.request.put(f"{self.cloud}/admin/keys", data={"keys": keys})
        assert answer.ok, answer.text()

    # --- The year -------------------------------------------------------------------------

    def set_up(self) -> None:
        """Add the account, with a wrong key at first: nothing that was typed is lost."""
        page, dialog, said = self.page, self.dialog, self.config["step"]["smart_connect"]
        page.get_by_role("link", name=self.words.settings).or_(
            page.get_by_text(self.words.settings, exact=True)
        ).first.click()
        page.get_by_text(self.words.devices).first.click()
        page.get_by_role("button", name=self.words.add).click()
        brands = page.locator("dialog-add-integration")
        brands.locator("input").fill("testo")
        brands.get_by_text(NAME, exact=True).click()
        menu = self.config["step"]["user"]
        self.shows(menu["title"])
        self.picture("kinds")
        dialog.get_by_text(menu["menu_options"]["smart_connect"], exact=True).click()
        self.shows(said["title"])
        self.shows(said["description"])
        for text in said["data_description"].values():
            self.shows(text)
        region = dialog.get_by_role("radio", name=self.texts["selector"]["region"]["options"]["eu"])
        expect(region).to_be_checked()
        self.picture("form")

        key, address = (dialog.locator(f"input[name={name}]") for name in ("api_key", "base_url"))
        key.fill("wrong-key")
        dialog.get_by_text(said["sections"]["advanced"]["name"]).click()
        address.fill(self.cloud)
        self.submit()
        self.shows(self.config["error"]["invalid_auth"], timeout=WORKING)
        expect(region).to_be_checked()
        expect(key).to_have_value("wrong-key")
        expect(address).to_have_value(self.cloud)
        self.picture("wrong_key")

        key.fill(KEY)
        self.submit()
        self.shows(self.config["progress"]["check"])
        self.shows(self.config["step"]["sites"]["title"], timeout=WORKING)
        for site in SITES:
            expect(dialog.get_by_role("checkbox", name=f"{site} (1)")).to_be_checked()
        self.picture("sites")
        self.submit()
        done = re.compile(rf"{self.words.finish}$", re.IGNORECASE)
        dialog.get_by_role("button", name=done).click(timeout=WORKING)

    def change_options(self) -> None:
        """Read alarms every minute from now on."""
        self.see_integration()
        self.account.get_by_role("button", name=self.words.configure).click()
        said = self.texts["options"]["step"]["init"]
        for name, text in said["data_description"].items():
            if name == "push":
                # That of another kind of account.
                continue
            self.shows(text)
        interval = self.dialog.get_by_role("spinbutton", name=said["data"]["alarm_interval"])
        expect(interval).to_have_value("5")
        interval.fill("1")
        self.picture("options")
        self.submit()
        self.dialog.get_by_role("button", name=self.words.finish).click()
        expect(self.dialog).to_be_hidden()

    def renew_key(self) -> None:
        """Meet a key that is refused, and enter a new one."""
        self.set_keys(SECOND_KEY)
        self.page.evaluate(_REFRESH)
        button = self.page.get_by_role("button", name=self.words.reconfigure)
        expect(button).to_be_visible(timeout=WORKING)
        self.picture("attention")
        button.click()
        self.shows(self.config["step"]["reauth_confirm"]["description"])
        self.picture("reauth")
        self.dialog.locator("input[name=api_key]").fill(SECOND_KEY)
        self.submit()
        self.shows(self.words.reauthenticated, timeout=WORKING)
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
        self.page.goto("/config/repairs")
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
        expect(self.page.get_by_text(title)).to_have_count(0, timeout=WORKING)

    def download_diagnostics(self) -> None:
        """Look for anything private in the file that a person would post."""
        self.see_integration()
        with self.page.expect_download() as download:
            self.choose(self.words.diagnostics)
        text = download.value.path().read_text()
        assert json.loads(text)["data"]["cloud"]["failures"]
        for private in (KEY, SECOND_KEY, THIRD_KEY, CUSTOMER, *SITES, "80000001", self.cloud):
            assert private not in text

    def remove(self) -> None:
        """Delete the account."""
        self.see_integration()
        self.choose(self.words.delete)
        dialog = self.page.locator("dialog-box")
        dialog.get_by_role("button", name=self.words.delete).click()
        expect(self.account).to_have_count(0)
        self.picture("removed")


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_year_in_the_life_of_an_account(
    open_page: OpenPage, second_cloud: str, screenshots: Path, language: str
) -> None:
    walk = Walk(open_page(language), language, second_cloud, screenshots)
    walk.set_keys(KEY)
    walk.set_up()
    walk.change_options()
    walk.renew_key()
    walk.follow_the_reminder()
    walk.download_diagnostics()
    walk.remove()
