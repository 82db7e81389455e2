"""Documents: what there is stands in them, in the order of Home Assistant's own pages."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
import re
from typing import Any
from urllib.parse import parse_qs, urlparse

from homeassistant.util.yaml import parse_yaml
import pytest

from custom_components.testo_smart_connect.clouds.base import Resource
from custom_components.testo_smart_connect.clouds.jobs.smart_connect import SmartConnect
from custom_components.testo_smart_connect.const import DOMAIN

from .files import INTEGRATION, ROOT, read_json, read_yaml, translation

REPORT_LIMITS = ("report_lower", "report_upper")
README = (ROOT / "README.md").read_text()
ENGLISH = translation("en")
MOST_WORDS = 2500
ORDER = (
    "Contents",
    "Use cases",
    "Supported devices",
    "Prerequisites",
    "Installation",
    "Configuration",
    "Options",
    "Supported functions",
    "Dashboard",
    "Triggers",
    "Conditions",
    "Actions",
    "Examples",
    "Data updates",
    "Daily values and reports",
    "Known limitations",
    "Troubleshooting",
    "FAQ",
    "Removal",
    "Development",
)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/*.md")])
GERMAN = (ROOT / "docs" / "README.de.md").read_text()
BLUEPRINTS = sorted((ROOT / "blueprints").rglob("*.yaml"))


def section(title: str) -> str:
    """Return a chapter of the README."""
    found = re.search(rf"(?ms)^## {title}\n(.*?)(?=^## |\Z)", README)
    assert found, title
    return found[1]


def page(name: str, title: str) -> str:
    """Return a page to which a chapter of the README leads."""
    assert f"(docs/{name}.md" in section(title), title
    return (ROOT / "docs" / f"{name}.md").read_text()


def anchors(text: str) -> set[str]:
    """Return the names by which the headings of a document are linked to."""
    found = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in found}


def test_the_order_is_that_of_home_assistant() -> None:
    places = [README.index(f"\n## {title}\n") for title in ORDER]
    assert all(before < after for before, after in pairwise(places))


def test_it_is_short() -> None:
    assert len(README.split()) <= MOST_WORDS


def test_the_contents_name_every_chapter() -> None:
    chapters = re.findall(r"(?m)^## (.+)$", README)
    links = re.findall(r"\[([^\]]+)\]\(#([^)]+)\)", section("Contents"))
    assert [title for title, _ in links] == [it for it in chapters if it != "Contents"]
    assert {anchor for _, anchor in links} <= anchors(README)


def test_badges_are_true() -> None:
    hacs = read_json(ROOT / "hacs.json")
    floor = hacs["homeassistant"].removesuffix(".0")
    badges = re.findall(r"(?m)^\[!\[.*?\]\((\S+?)\)\]\((\S+?)\)$", README.partition("\n## ")[0])
    images = [image for image, _ in badges]
    assert len(images) == 4
    assert f"/badge/Home%20Assistant-{floor}%2B-" in images[1]
    workflow = images[2].removesuffix("/badge.svg").rpartition("/")[2]
    assert (ROOT / ".github" / "workflows" / workflow).exists()
    assert (ROOT / badges[3][1]).read_text().startswith("MIT License")


@pytest.mark.parametrize("text", [README, GERMAN], ids=["en", "de"])
def test_buttons_lead_into_home_assistant(text: str) -> None:
    buttons = re.findall(r"https://my\.home-assistant\.io/redirect/(\w+)/\?([^)\s]+)\)", text)
    repository = urlparse(read_json(INTEGRATION / "manifest.json")["documentation"]).path
    _, owner, name = repository.split("/")
    asked = [
        (action, {key: it[0] for key, it in parse_qs(query).items()}) for action, query in buttons
    ]
    hacs = {"owner": owner, "repository": name, "category": "integration"}
    assert asked[0] == ("hacs_repository", hacs)
    assert asked[1] == ("config_flow_start", {"domain": DOMAIN})
    blueprints = {
        query["blueprint_url"].partition("/blob/main/")[2]
        for action, query in asked
        if action == "blueprint_import"
    }
    assert blueprints == {str(it.relative_to(ROOT)) for it in BLUEPRINTS}


@pytest.mark.quality_rule("docs-high-level-description")
def test_the_beginning_says_what_it_is() -> None:
    beginning = README.partition("\n## ")[0]
    assert "testo" in beginning
    assert "https://www.home-assistant.io" in beginning


@pytest.mark.quality_rule("docs-use-cases")
@pytest.mark.quality_rule("docs-supported-devices")
@pytest.mark.quality_rule("docs-known-limitations")
@pytest.mark.parametrize("title", ["Use cases", "Supported devices", "Known limitations"])
def test_lists_have_several_items(title: str) -> None:
    items = re.findall(r"(?m)^(- |\| (?!---|Family))", section(title))
    assert len(items) >= 4


@pytest.mark.quality_rule("docs-installation-instructions")
def test_the_installation_leads_to_the_form() -> None:
    for step in ("HACS", "Restart", "Add integration"):
        assert step in section("Installation")
    for need in ("API Key Management", "add-on", "Region".lower()):
        assert need in section("Prerequisites")


@pytest.mark.quality_rule("docs-removal-instructions")
def test_the_removal_is_complete() -> None:
    for step in ("Delete", "HACS", "revoke the key"):
        assert step in section("Removal")


@pytest.mark.quality_rule("docs-installation-parameters")
def test_every_field_of_the_set_up_is_explained() -> None:
    step = ENGLISH["config"]["step"]["smart_connect"]
    names = [*step["data"].values(), *step["sections"]["advanced"]["data"].values()]
    for name in names:
        assert re.search(rf"(?mi)^\| (Advanced: )?{name} \|", section("Configuration")), name


@pytest.mark.quality_rule("docs-configuration-parameters")
def test_every_option_is_explained() -> None:
    for name in ENGLISH["options"]["step"]["init"]["data"].values():
        assert f"| {name} |" in section("Options"), name
    for name in translation("de")["options"]["step"]["init"]["data"].values():
        assert f"| {name} |" in GERMAN, name


@pytest.mark.quality_rule("docs-actions")
def test_every_action_and_field_is_explained() -> None:
    for action, description in read_yaml(INTEGRATION / "services.yaml").items():
        assert f"`{DOMAIN}.{action}`" in section("Actions")
        found = re.search(
            rf"(?ms)^### `{DOMAIN}\.{action}`\n(.*?)(?=^### |\Z)", page("actions", "Actions")
        )
        assert found, action
        for field in description["fields"]:
            assert f"| `{field}` |" in found[1], f"{action}.{field}"


@pytest.mark.parametrize("kind", ["triggers", "conditions"])
def test_every_trigger_and_condition_is_listed(kind: str) -> None:
    names = [name for name in read_yaml(INTEGRATION / f"{kind}.yaml") if not name.startswith(".")]
    assert names
    for name in names:
        assert f"(docs/{kind}/{name}.md) `{DOMAIN}.{name}`" in section(kind.capitalize())


@pytest.mark.quality_rule("docs-supported-functions")
def test_every_entity_is_listed() -> None:
    told = page("entities", "Supported functions").casefold()
    for platform, entities in ENGLISH["entity"].items():
        for key, content in entities.items():
            if key.endswith("_limit") or key in {"alarm", "warning", "other", *REPORT_LIMITS}:
                continue  # told once for all quantities
            name = content["name"].replace("{number}", "").casefold()
            assert name in told, f"{platform}.{key}"
    for event in ENGLISH["entity"]["event"]["alarms"]["state_attributes"]["event_type"]["state"]:
        assert f"`{event}`" in told


@pytest.mark.quality_rule("docs-data-update")
def test_the_times_are_those_of_the_code() -> None:
    told = section("Data updates")
    every = {name: it.default for name, it in SmartConnect.traits.intervals.items()}
    assert f"every {every[Resource.ALARMS] // timedelta(minutes=1)} minutes" in told
    assert f"every {every[Resource.READINGS] // timedelta(minutes=1)} minutes" in told
    assert f"every {every[Resource.INVENTORY] // timedelta(hours=1)} hours" in told


@pytest.mark.quality_rule("docs-troubleshooting")
def test_what_is_shown_is_explained() -> None:
    told = page("troubleshooting", "Troubleshooting")
    for issue in (
        "expires",
        "add-on",
        "not pushed",
        "interface",
        "cannot be read",
        "Too much",
        "Gaps",
        "Calibration",
        "Move to",
        "calls run out",
        "Settings of loggers",
    ):
        assert re.search(rf"(?m)^### .*{issue}", told), issue
    assert len(ENGLISH["issues"]) == 18, "a new one needs its section"


@pytest.mark.quality_rule("docs-examples")
def test_every_blueprint_can_be_imported_from_the_readme() -> None:
    assert BLUEPRINTS
    for blueprint in BLUEPRINTS:
        address = str(blueprint.relative_to(ROOT)).replace("/", "%2F")
        assert address in section("Examples"), blueprint.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_examples_are_yaml(document: Path) -> None:
    for block in re.findall(r"(?ms)^```yaml\n(.*?)^```", document.read_text()):
        parsed: Any = parse_yaml(block)
        assert isinstance(parsed, dict), block
        known = {"actions", "triggers", "conditions", "mode", "max", "alias", "description"}
        assert parsed.keys() <= known, parsed.keys()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text()
    for target in re.findall(r"\]\((?!https?://)([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text()), target


def test_the_changelog_has_the_version() -> None:
    version = re.search(r'"version": "(.+)"', (INTEGRATION / "manifest.json").read_text())
    assert version
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text()
