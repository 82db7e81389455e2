"""Foreign words in what is shown: neither format, link, picture nor line of its own."""

from datetime import UTC, date, datetime, timedelta
import logging

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.testo_smart_connect.account.words import (
    reason_word,
    resource_list,
    resource_word,
)
from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.texts import (
    bullet,
    day,
    decimal,
    escaped,
    minute,
    one_line,
)
from tests.integration.conftest import MINUTE, World
from tests.simulator import Fleet, band

DAY = timedelta(days=1)
HOSTILE = "![x](https://evil.example/a.png)\n# Klick [hier](http://evil.example) <b>*_jetzt_*</b>"
DEFUSED = (
    r"!\[x\](https\://evil.example/a.png) # Klick \[hier\](http\://evil.example)"
    r" \<b\>\*\_jetzt\_\*\</b\>"
)


@pytest.mark.parametrize(
    "name",
    [
        "Kühlschrank 1",
        "Tiefkühler -80 °C (Labor) #2",
        "1. OG, Raum 3/4 & Flur",
        "Cella_01: latte+uova = 50%",
        "T&D, R&D",
        "testo 162 T1 90000001",
        "L'Hôpital / étage 2!",
        "",
    ],
)
def test_plain_names_stay_as_they_are(name: str) -> None:
    assert escaped(name) == one_line(name) == name


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (HOSTILE, DEFUSED),
        ("a\r\nb\u2028c\x0bd\x1be", "a b c d e"),
        ("abc\u202egnp.exe", "abc gnp.exe"),
        ("`code` ~~gone~~ \\*", r"\`code\` \~\~gone\~\~ \\\*"),
        ("www.evil.example me@evil.example", r"www\.evil.example me\@evil.example"),
        ("&lt;b&gt; &#91;", r"\&lt;b\&gt; \&#91;"),
        ("[a]: b", r"\[a\]: b"),
    ],
)
def test_what_markdown_would_take_for_something_else(words: str, shown: str) -> None:
    assert escaped(words) == shown


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("Köln: 8 °C", "- Köln: 8 °C"),
        ("-80 °C", "- -80 °C"),
        ("# Köln", r"- \# Köln"),
        ("## Köln", r"- \## Köln"),
        ("1. OG", r"- 1\. OG"),
        ("- a", r"- \- a"),
        ("+ a", r"- \+ a"),
    ],
)
def test_a_line_of_a_list(words: str, line: str) -> None:
    assert bullet(words) == line


@pytest.mark.parametrize(
    ("language", "on", "value"),
    [
        ("en", "2027-11-28", "7.5"),
        ("de", "28.11.2027", "7,5"),
        ("fr", "28/11/2027", "7,5"),
        ("it", "28/11/2027", "7,5"),
        ("nl", "28-11-2027", "7,5"),
        ("es", "28/11/2027", "7,5"),
        ("pl", "28.11.2027", "7,5"),
        # Texts are English there, and so are the dates within them.
        ("sv", "2027-11-28", "7.5"),
    ],
)
async def test_dates_and_numbers_follow_the_language(
    hass: HomeAssistant, language: str, on: str, value: str
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    hass.config.language = language
    assert day(hass, date(2027, 11, 28)) == on
    assert minute(hass, datetime(2027, 11, 28, 8, 5, tzinfo=UTC)) == f"{on} 09:05"
    assert decimal(hass, 7.5) == value
    assert decimal(hass, -18.0) == "-18"


async def test_what_is_read_and_why_not_in_words(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    hass.config.language = "de"
    fleet.add_logger(fleet.add_site("Köln"), "Kühlschrank")
    await world.add_account()
    names = ("measurements", "readings", "measuring objects", "alarms")
    assert resource_list(hass, names) == "Alarme, Grenzwerte, Messwerte"
    assert resource_word(hass, "sensor status") == "Status der Funkfühler"
    assert resource_word(hass, "recipes") == "andere Daten (recipes)"
    assert reason_word(hass, "no_timestamp") == "Angabe fehlt"
    assert reason_word(hass, "bad_json") == "nicht lesbar"


@pytest.mark.usefixtures("recorder_mock")
async def test_names_in_repairs_and_notifications(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    fleet.customer = HOSTILE
    site = fleet.add_site(HOSTILE)
    for upper in (8.0, 26.0):
        limits = band("Temperature", alarm=(None, upper))
        logger = fleet.add_logger(site, HOSTILE, limits=limits)
    world.faults.drop_rows = lambda row: "measurement" in row and "T03:" in row["timestamp"]
    entry = await world.add_account(key_expires="2026-07-05")
    assert "\n" not in entry.title
    await world.advance(4 * DAY, step=60 * MINUTE)
    issues = {
        str(it.translation_key): it.translation_placeholders or {}
        for it in ir.async_get(hass).issues.values()
        if it.domain == DOMAIN
    }
    assert issues["key_expires"]["account"] == DEFUSED
    assert issues["gap"]["name"].startswith(DEFUSED)

    start = world.now.astimezone(UTC) - DAY
    await hass.services.async_call(DOMAIN, "import_history", {"start": start}, blocking=True)
    (told,) = persistent_notification._async_get_or_create_notifications(hass).values()  # noqa: SLF001  there is no other way to see one
    assert told["title"] is not None
    assert DEFUSED in told["title"]
    assert logger.serial


@pytest.mark.expect_warnings
async def test_names_in_the_log(
    hass: HomeAssistant, world: World, fleet: Fleet, caplog: pytest.LogCaptureFixture
) -> None:
    """As after an update from a release that took the name of an account as it came."""
    fleet.add_logger(fleet.add_site("Köln"), "Kühlschrank")
    entry = await world.add_account()
    hass.config_entries.async_update_entry(entry, title="Labor\nERROR: all is lost")
    assert await hass.config_entries.async_reload(entry.entry_id)
    world.faults.server_error = 500
    world.faults.refuse_filter = {"processed_at"}
    await world.advance(20 * MINUTE)
    world.faults.server_error = None
    await world.advance(60 * MINUTE)
    own = [it for it in caplog.records if it.name.startswith("custom_components")]
    lines = [it.getMessage() for it in own if it.levelno > logging.DEBUG]
    assert [line for line in lines if "Labor ERROR: all is lost alarms" in line]
    assert [line for line in lines if "cannot be asked for by their arrival" in line]
    assert not [line for line in lines if "\n" in line]
