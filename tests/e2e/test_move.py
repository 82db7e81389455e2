"""An account of testo Saveris 2 is set up and moves to Smart Connect, in two languages."""

from pathlib import Path
from typing import Any

from playwright.sync_api import expect
import pytest

from .conftest import TwoClouds
from .second_cloud import CUSTOMER, KEY
from .walk import OpenPage, Walk

pytestmark = pytest.mark.browser

_ENTITIES = """
() => {
  const { hass } = document.querySelector("home-assistant");
  return Object.values(hass.entities)
    .filter((entity) => entity.platform === "testo_smart_connect")
    .filter((entity) => /brutschrank|kuhllager/.test(entity.entity_id))
    .map((entity) => entity.entity_id);
}
"""


class MoveWalk(Walk):
    """The way of somebody with a token, and later with a key."""

    kind = "saveris_2"
    called = "testo Saveris 2"

    def set_up(self, token: str) -> None:
        """Add the account, with a wrong token at first."""
        said = self.choose_kind()
        field = self.dialog.locator("input[name=token]")
        field.fill("wrong")
        self.type_address(said)
        self.submit()
        self.shows(self.config["error"]["invalid_auth"])
        field.fill(token)
        self.finish_set_up(has_sites=False)

    def entities(self) -> list[str]:
        """Return the entities of the loggers."""
        found: list[str] = self.page.evaluate(_ENTITIES)
        return found

    def move(self, address: str) -> None:
        """Follow the repair, look at the preview and confirm it."""
        issue: dict[str, Any] = self.texts["issues"]["move_to_smart_connect"]
        self.open("/config/repairs")
        self.page.get_by_text(issue["title"].format(account=self.called)).click()
        self.shows(issue["fix_flow"]["step"]["confirm"]["title"])
        self.picture("repair")
        self.submit()
        said = self.config["step"]["migrate"]
        self.shows(said["title"])
        self.dialog.locator("input[name=api_key]").fill(KEY)
        self.dialog.get_by_text(said["sections"]["advanced"]["name"]).click()
        self.dialog.locator("input[name=base_url]").fill(address)
        self.picture("key")
        self.submit()
        self.shows(self.config["step"]["migrate_preview"]["title"])
        table = self.dialog.locator("table")
        expect(table.locator("tbody tr")).to_have_count(3)
        for logger in ("Brutschrank", "Kühllager"):
            expect(table.get_by_text(logger).first).to_be_visible()
        expect(table.get_by_text("–", exact=True)).to_have_count(0)
        self.picture("preview")
        self.submit()
        self.shows(self.config["abort"]["moved"].split("}")[1].split("{")[0].strip())
        self.picture("moved")
        self.dialog.get_by_role("button", name=self.words.close).last.click()
        expect(self.dialog).to_be_hidden()
        # The page goes back by itself once more.
        self.page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_account_moves_to_smart_connect(
    open_page: OpenPage, two_clouds: TwoClouds, screenshots: Path, language: str
) -> None:
    walk = MoveWalk(open_page(language), language, two_clouds.old, screenshots)
    walk.set_up(two_clouds.token)
    walk.see_integration()
    before = walk.entities()
    assert before
    walk.move(two_clouds.new)
    walk.called = CUSTOMER
    walk.see_integration()
    assert {*before} <= {*walk.entities()}
    walk.remove()
