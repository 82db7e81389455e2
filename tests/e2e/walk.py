"""One person's way through the pages of Home Assistant."""

from collections.abc import Callable
from pathlib import Path
import re
from typing import Any

from playwright.sync_api import Error, Locator, Page, expect

from custom_components.testo_smart_connect.const import DOMAIN, NAME
from tests.metadata.files import translation

from .second_cloud import CUSTOMER, SITES
from .words import WORDS, Words

type OpenPage = Callable[[str], Page]


class Walk:
    """The way of somebody who is signed in, with one account of a kind."""

    kind: str

    def __init__(self, page: Page, language: str, cloud: str, screenshots: Path) -> None:
        """Begin with a page on which somebody is signed in."""
        self.page = page
        self.cloud = cloud
        self.words: Words = WORDS[language]
        self.texts: dict[str, Any] = translation(language)
        self.config: dict[str, Any] = self.texts["config"]
        self.dialog = page.locator("dialog-data-entry-flow")
        self._language, self._folder = language, screenshots

    called = CUSTOMER
    """What the account is called."""

    @property
    def account(self) -> Locator:
        """Return the account on the page of the integration."""
        return self.page.locator("ha-config-entry-row").filter(has_text=self.called)

    def shows(self, text: str) -> None:
        """Expect a text in the dialog, as far as it has no link in it."""
        plain = re.split(r"[\[{]", text)[0].strip()
        expect(self.dialog.get_by_text(plain).first).to_be_visible()
        # What the page says of a text that it was not given all of.
        expect(self.dialog.get_by_text("formatjs")).to_have_count(0)

    def submit(self) -> None:
        """Submit the form."""
        self.dialog.get_by_role("button", name=self.words.submit, exact=True).click()

    def picture(self, name: str) -> None:
        """Leave a picture."""
        path = self._folder / f"{self.kind}_{name}_{self._language}.png"
        self.page.screenshot(path=path, animations="disabled")

    def open(self, path: str) -> None:
        """Open a page of Home Assistant, which may be on its way to another one by itself."""
        try:
            self.page.goto(path)
        except Error as err:
            if "ERR_ABORTED" not in err.message:
                raise
            self.page.goto(path)

    def see_integration(self) -> None:
        """Go to the page of the integration."""
        self.open(f"/config/integrations/integration/{DOMAIN}")
        expect(self.account).to_be_visible()

    def choose(self, item: str) -> None:
        """Choose from the menu of the account."""
        self.account.get_by_role("button", name=self.words.menu, exact=True).first.click()
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def choose_kind(self) -> dict[str, Any]:
        """Begin to add an account and choose its kind; return the texts of its form."""
        page, menu = self.page, self.config["step"]["user"]
        self.open("/config/integrations/dashboard")
        page.get_by_role("button", name=self.words.add).click()
        brands = page.locator("dialog-add-integration")
        brands.locator("input").fill("testo")
        brands.get_by_text(NAME, exact=True).click()
        self.shows(menu["title"])
        self.picture("kinds")
        self.dialog.get_by_text(menu["menu_options"][self.kind], exact=True).click()
        said: dict[str, Any] = self.config["step"][self.kind]
        self.shows(said["title"])
        self.shows(said["description"])
        for text in said["data_description"].values():
            self.shows(text)
        self.picture("form")
        return said

    def type_address(self, said: dict[str, Any]) -> None:
        """Enter the address of the cloud in the section for those who know one."""
        self.dialog.get_by_text(said["sections"]["advanced"]["name"]).click()
        self.dialog.locator("input[name=base_url]").fill(self.cloud)

    def finish_set_up(self, *, has_sites: bool = True) -> None:
        """Take all sites, and end; a slow browser may not see what is said meanwhile."""
        self.submit()
        if has_sites:
            self._take_all_sites()
        done = re.compile(rf"{self.words.finish}$", re.IGNORECASE)
        self.dialog.get_by_role("button", name=done).click()

    def _take_all_sites(self) -> None:
        self.shows(self.config["step"]["sites"]["title"])
        for site in SITES:
            expect(self.dialog.get_by_role("checkbox", name=f"{site} (1)")).to_be_checked()
        self.picture("sites")
        self.submit()

    def open_options(self) -> dict[str, Any]:
        """Open the options; return their texts."""
        self.see_integration()
        self.account.get_by_role("button", name=self.words.configure).click()
        said: dict[str, Any] = self.texts["options"]["step"]["init"]
        self.shows(said["title"])
        return said

    def save_options(self) -> None:
        """Save the options, and see that this worked."""
        self.picture("options")
        self.submit()
        self.dialog.get_by_role("button", name=self.words.finish).click()
        expect(self.dialog).to_be_hidden()

    def diagnostics(self) -> str:
        """Download what a person would post."""
        self.see_integration()
        with self.page.expect_download() as download:
            self.choose(self.words.diagnostics)
        return download.value.path().read_text()

    def remove(self) -> None:
        """Delete the account."""
        self.see_integration()
        self.choose(self.words.delete)
        dialog = self.page.locator("dialog-box")
        dialog.get_by_role("button", name=self.words.delete).click()
        expect(self.account).to_have_count(0)
        self.picture("removed")
