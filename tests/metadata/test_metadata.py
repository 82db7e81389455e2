"""Manifest, HACS, requirements and brand images."""

import ast
from collections.abc import Iterator
import importlib.metadata
import json
from pathlib import Path
import re
import tomllib
from typing import get_type_hints

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant import components
from homeassistant.components.brands.const import ALLOWED_IMAGES
from homeassistant.const import __version__ as ha_version
from homeassistant.loader import Manifest
from PIL import Image
import pytest

from .code import PLATFORMS, modules
from .files import INTEGRATION, ROOT, read_json

MANIFEST = read_json(INTEGRATION / "manifest.json")
HACS = read_json(ROOT / "hacs.json")
IOT_CLASSES = {
    "assumed_state",
    "calculated",
    "cloud_polling",
    "cloud_push",
    "local_polling",
    "local_push",
}
HACS_KEYS = {
    "content_in_root",
    "country",
    "filename",
    "hacs",
    "hide_default_branch",
    "homeassistant",
    "name",
    "persistent_directory",
    "render_readme",
    "zip_release",
}


def test_manifest_keys() -> None:
    keys = list(MANIFEST)
    assert set(keys) <= set(get_type_hints(Manifest)) - {"is_built_in", "overwrites_built_in"}
    assert keys == ["domain", "name", *sorted(keys[2:])]
    needed = {"codeowners", "documentation", "domain", "iot_class", "issue_tracker", "name"}
    assert {*needed, "version"} <= set(keys)


@pytest.mark.quality_rule("integration-owner")
def test_manifest_values() -> None:
    assert MANIFEST["domain"] == INTEGRATION.name
    assert MANIFEST["name"] == HACS["name"] == "testo Smart Connect"
    assert MANIFEST["codeowners"]
    assert all(re.fullmatch(r"@[\w/-]+", owner) for owner in MANIFEST["codeowners"])
    assert MANIFEST["iot_class"] in IOT_CLASSES
    assert MANIFEST["config_flow"] is (INTEGRATION / "config_flow.py").exists()
    for key in ("documentation", "issue_tracker"):
        assert MANIFEST[key].startswith("https://")
        assert "home-assistant.io" not in MANIFEST[key]


def test_version_can_be_loaded() -> None:
    """Home Assistant refuses an integration whose version it cannot read."""
    strategies = [
        AwesomeVersionStrategy.CALVER,
        AwesomeVersionStrategy.SEMVER,
        AwesomeVersionStrategy.PEP440,
    ]
    version = AwesomeVersion(MANIFEST["version"], ensure_strategy=strategies)
    assert version.strategy in strategies


@pytest.mark.quality_rule("dependency-transparency")
def test_nothing_is_installed_for_it() -> None:
    assert not MANIFEST.get("requirements")


def test_dependencies_exist() -> None:
    names = [*MANIFEST.get("dependencies", []), *MANIFEST.get("after_dependencies", [])]
    assert [name for name in names if not _component(name).is_dir()] == []
    assert names == list(dict.fromkeys(names))


def test_hacs() -> None:
    assert HACS.keys() <= HACS_KEYS
    assert AwesomeVersion("2026.10.0") == HACS["homeassistant"] <= AwesomeVersion(ha_version)
    release = (ROOT / ".github/workflows/release.yml").read_text()
    assert HACS["zip_release"] is True
    assert f'zip -r "$RUNNER_TEMP/{HACS["filename"]}"' in release


def test_license_ships() -> None:
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n")


def test_requirements_are_exact() -> None:
    pins = _pins()
    assert all(pins.values())
    for name, version in pins.items():
        assert importlib.metadata.version(name) == version


def test_pins_follow_home_assistant() -> None:
    """What the demo's Home Assistant would install by itself is there already."""
    pins = _pins()
    for component, name in {"frontend": "home-assistant-frontend", "isal": "isal"}.items():
        assert f"{name}=={pins[name]}" in _requirements(component)


@pytest.mark.quality_rule("brands")
@pytest.mark.parametrize(("name", "side"), [("icon.png", 256), ("icon@2x.png", 512)])
def test_brand_images(name: str, side: int) -> None:
    with Image.open(INTEGRATION / "brand" / name) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (side, side))
        opacity = image.getchannel("A")
        assert opacity.getextrema() == (0, 255)
        assert opacity.getbbox() == (0, 0, side, side), "trim the transparent border"


def test_brand_names() -> None:
    assert {path.name for path in (INTEGRATION / "brand").iterdir()} <= ALLOWED_IMAGES
    assert not list(ROOT.glob("*.png")), "brand images belong into the integration only"


@pytest.mark.quality_rule("common-modules")
def test_common_modules() -> None:
    assert (INTEGRATION / "coordinator.py").is_file()
    assert (INTEGRATION / "entity.py").is_file()


@pytest.mark.quality_rule("parallel-updates")
def test_parallel_updates() -> None:
    for path, module in modules().items():
        if path.parent == INTEGRATION and path.stem in PLATFORMS:
            said = [
                value
                for node in module.body
                for name, value in _assigned(node)
                if name == "PARALLEL_UPDATES"
            ]
            assert said == [0], path


@pytest.mark.quality_rule("strict-typing")
@pytest.mark.quality_rule("test-coverage")
def test_gates_are_closed() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert (INTEGRATION / "py.typed").exists()
    assert settings["mypy"]["strict"] is True
    assert not [it for it in settings["mypy"]["overrides"] if "custom_components" in str(it)]
    assert settings["ruff"]["lint"]["select"] == ["ALL"]
    assert settings["pytest"]["ini_options"]["filterwarnings"][0] == "error"
    assert settings["coverage"]["run"]["branch"] is True
    assert settings["coverage"]["report"]["fail_under"] == 100


def _assigned(node: ast.stmt) -> Iterator[tuple[str, object]]:
    """Yield name and value of a plain assignment."""
    match node:
        case ast.Assign(targets=[ast.Name(name)], value=ast.Constant(value)):
            yield name, value


def _component(name: str) -> Path:
    return Path(components.__path__[0]) / name


def _requirements(component: str) -> list[str]:
    manifest = json.loads((_component(component) / "manifest.json").read_bytes())
    return list(manifest["requirements"])


def _pins() -> dict[str, str]:
    lines = (ROOT / "requirements_test.txt").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    return {name: version for name, _, version in (line.partition("==") for line in wanted)}
