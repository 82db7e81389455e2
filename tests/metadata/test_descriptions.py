"""Actions, triggers, conditions and icons: YAML, texts, icons and code belong together."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
import json
from pathlib import Path
import re
from typing import Any

import hass_frontend
from homeassistant.helpers.service import _SERVICES_SCHEMA
from homeassistant.helpers.trigger.descriptions import _TRIGGERS_DESCRIPTION_SCHEMA
import pytest

from .code import literals, modules
from .files import INTEGRATION, leaves, read_json, read_yaml, translation

try:
    conditions = import_module("homeassistant.helpers.condition.descriptions")
except ModuleNotFoundError:  # before 2026.11
    conditions = import_module("homeassistant.helpers.condition")
_CONDITIONS_SCHEMA = vars(conditions)["_CONDITIONS_DESCRIPTION_SCHEMA"]
ENGLISH = translation("en")
ICONS = read_json(INTEGRATION / "icons.json")
KINDS = {
    "services": _SERVICES_SCHEMA,
    "triggers": _TRIGGERS_DESCRIPTION_SCHEMA,
    "conditions": _CONDITIONS_SCHEMA,
}
MODULES = {"triggers": "trigger.py", "conditions": "condition.py"}


def described(kind: str) -> dict[str, Any]:
    """Return what a YAML file describes, without its anchors."""
    content = read_yaml(INTEGRATION / f"{kind}.yaml")
    return {key: it or {} for key, it in content.items() if not key.startswith(".")}


def fields(description: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields of an action, trigger or condition, those in sections too."""
    for name, field in description.get("fields", {}).items():
        if "fields" in field:
            yield from field["fields"]
        else:
            yield name


def is_registering_actions() -> bool:
    """Tell whether the code registers actions of its own."""
    pattern = re.compile(r"\bservices\.async_register\(|async_register_platform_entity_service\(")
    return any(pattern.search(path.read_text()) for path in modules())


@pytest.mark.parametrize(("kind", "schema"), KINDS.items())
def test_home_assistant_reads_it(kind: str, schema: Callable[[object], object]) -> None:
    schema(read_yaml(INTEGRATION / f"{kind}.yaml"))


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_explained(kind: str) -> None:
    texts = ENGLISH.get(kind, {})
    assert list(texts) == list(described(kind))
    for key, description in described(kind).items():
        text = texts[key]
        assert text["name"], key
        assert text["description"], key
        assert set(text.get("fields", {})) == set(fields(description)), key
        for name, field in text.get("fields", {}).items():
            assert {"name", "description"} <= field.keys(), f"{key}.{name}"
        sections = {name for name, it in description.get("fields", {}).items() if "fields" in it}
        assert set(text.get("sections", {})) == sections, key


@pytest.mark.parametrize("kind", KINDS)
def test_code_stands_behind_it(kind: str) -> None:
    assert described(kind).keys() <= literals()
    exists = (INTEGRATION / f"{kind}.yaml").exists()
    if kind == "services":
        assert exists is is_registering_actions()
    else:
        assert exists is (INTEGRATION / MODULES[kind]).exists()


@pytest.mark.quality_rule("icon-translations")
def test_icons_have_an_owner() -> None:
    assert ICONS.keys() <= {"entity", *KINDS}
    for platform, icons in ICONS.get("entity", {}).items():
        assert icons.keys() <= ENGLISH["entity"][platform].keys(), platform
        for key, icon in icons.items():
            assert "default" in icon, f"{platform}.{key}"
            steps = [float(step) for step in icon.get("range", {})]
            assert steps == sorted(steps), f"{platform}.{key}"
    for kind in KINDS:
        word = kind.removesuffix("s")
        for key, icon in ICONS.get(kind, {}).items():
            assert key in described(kind), key
            assert word in icon, key


def test_every_description_has_an_icon() -> None:
    for kind in KINDS:
        assert ICONS.get(kind, {}).keys() == described(kind).keys(), kind


def test_icons_exist() -> None:
    """The frontend shows nothing for an icon that it does not have."""
    known = {
        f"mdi:{name}"
        for part in (Path(str(hass_frontend.where())) / "static" / "mdi").glob("*.json")
        if isinstance(icons := json.loads(part.read_bytes()), dict)
        for name in icons
    }
    assert len(known) > 5000, "the frontend keeps its icons elsewhere now"
    assert sorted({icon for _, icon in leaves(ICONS)} - known) == []
