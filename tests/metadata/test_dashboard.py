"""The dashboards: only what the front end brings itself, and words that there are."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
import re
from typing import Any

import hass_frontend
from homeassistant.util.yaml import parse_yaml
import pytest

from .files import INTEGRATION, ROOT, translation

SCRIPT = (INTEGRATION / "frontend/dashboard.js").read_text()
EXAMPLE: Any = parse_yaml((ROOT / "docs/dashboard.yaml").read_text())
LANGUAGES = sorted(path.stem for path in (INTEGRATION / "translations").iterdir())
KINDS = {"cards": "card", "badges": "badge", "features": "card-feature", "entities": "row"}


@cache
def built_in() -> frozenset[str]:
    """Return the names of all elements of the front end."""
    folder = Path(hass_frontend.where()) / "frontend_latest"
    scripts = (path.read_text() for path in folder.glob("*.js"))
    return frozenset(name for text in scripts for name in re.findall(r'"(hui-[a-z-]+)"', text))


def elements(part: Any, kind: str = "") -> Iterator[str]:
    """Yield the elements that a dashboard names by the types in its lists."""
    if isinstance(part, list):
        for each in part:
            yield from elements(each, kind)
    elif isinstance(part, dict):
        if kind and "type" in part:
            yield f"hui-{part['type']}-{kind}"
        for key, value in part.items():
            yield from elements(value, "card" if key == "card" else KINDS.get(key, ""))


def test_the_example_has_only_cards_of_home_assistant() -> None:
    named = set(elements(EXAMPLE))
    assert {"hui-tile-card", "hui-trend-graph-card-feature", "hui-attribute-row"} <= named
    assert named - built_in() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_script_speaks_every_language(language: str) -> None:
    (texts,) = re.findall(rf"(?m)^  {language}: \[(.+)\],$", SCRIPT)
    assert len(re.findall(r'"[^"]+"', texts)) == 4


def test_the_script_knows_only_what_there_is() -> None:
    """Entities are found by their translation keys."""
    entities = translation("en")["entity"].values()
    calls = re.findall(r"(?:all|one)\((.*?)\)", SCRIPT)
    tables = re.findall(r"(?m)^const (?:ORDER|ALARMS) = (.+);$", SCRIPT)
    used = {key for text in (*calls, *tables) for key in re.findall(r'"(\w+)"', text)}
    assert {"acknowledge", "cloud", "temperature", "warning"} <= used
    assert used <= {key for platform in entities for key in platform}
