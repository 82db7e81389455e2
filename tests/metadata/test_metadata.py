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

from .code import PLATFORMS, modules, nodes
from .files import INTEGRATION, ROOT, read_json

MANIFEST = read_json(INTEGRATION / "manifest.json")
HACS = read_json(ROOT / "hacs.json")
OF_HOME_ASSISTANT = {"frontend": "home-assistant-frontend", "isal": "isal"}
IS_PINNED = f"homeassistant=={ha_version}" in (
    importlib.metadata.requires("pytest-homeassistant-custom-component") or ()
)
"""False where HOME_ASSISTANT chose another one."""
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
def test_only_what_writes_pdf_is_installed_for_it() -> None:
    """Exactly that version which the tests run with; its licence and its source are public."""
    (requirement,) = MANIFEST["requirements"]
    name, _, version = requirement.partition("==")
    assert name == "reportlab"
    assert _pins()[name] == version
    assert "BSD" in importlib.metadata.metadata(name)["License"]


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
        if not IS_PINNED and name in OF_HOME_ASSISTANT.values():
            continue
        assert importlib.metadata.version(name) == version


@pytest.mark.skipif(not IS_PINNED, reason="scripts/_setup.sh took them from the manifests")
def test_pins_follow_home_assistant() -> None:
    """What the demo's Home Assistant would install by itself is there already."""
    pins = _pins()
    for component, name in OF_HOME_ASSISTANT.items():
        assert f"{name}=={pins[name]}" in _requirements(component)


@pytest.mark.quality_rule("brands")
@pytest.mark.parametrize("theme", ["", "dark_"])
@pytest.mark.parametrize(("name", "side"), [("icon.png", 256), ("icon@2x.png", 512)])
def test_brand_images(theme: str, name: str, side: int) -> None:
    with Image.open(INTEGRATION / "brand" / f"{theme}{name}") as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (side, side))
        opacity = image.getchannel("A")
        assert opacity.getextrema() == (0, 255)
        assert opacity.getbbox() == (0, 0, side, side), "trim the transparent border"


def test_brand_names() -> None:
    assert {path.name for path in (INTEGRATION / "brand").iterdir()} <= ALLOWED_IMAGES
    assert not list(ROOT.glob("*.png")), "brand images belong into the integration only"


@pytest.mark.quality_rule("common-modules")
def test_common_modules() -> None:
    assert (INTEGRATION / "coordinators").is_dir()
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


@pytest.mark.quality_rule("runtime-data")
def test_an_account_lives_in_its_entry() -> None:
    """Nothing of it in `hass.data`, and the entry is typed wherever it is handed over."""
    for path, node in nodes():
        match node:
            case ast.Subscript(value=ast.Attribute(attr="data", value=ast.Name("hass"))):
                pytest.fail(f"{path.name}:{node.lineno}")
            case ast.arg(arg="entry" | "config_entry", annotation=ast.Name(annotation)) if (
                path.stem != "config_flow"
            ):
                # An episode's row of a registry is called an entry as well.
                assert annotation != "ConfigEntry", f"{path.name}:{node.lineno}"


@pytest.mark.quality_rule("entity-event-setup")
def test_entities_listen_while_they_are_there() -> None:
    """Whatever an entity listens to begins when it was added, and ends with it."""
    found = 0
    for path, node in nodes():
        match node:
            case ast.ClassDef(bases=bases) if any("Entity" in ast.unparse(it) for it in bases):
                for method in node.body:
                    listens = [
                        call
                        for call in ast.walk(method)
                        if isinstance(call, ast.Call)
                        and re.search(r"\.listen|async_listen|async_track", ast.unparse(call.func))
                    ]
                    if listens:
                        found += 1
                        assert isinstance(method, ast.AsyncFunctionDef), path.name
                        assert method.name == "async_added_to_hass", path.name
                        assert ast.unparse(method).count("async_on_remove") == len(listens)
    assert found


@pytest.mark.quality_rule("async-dependency")
@pytest.mark.quality_rule("inject-websession")
def test_the_client_is_asynchronous_and_has_no_session_of_its_own() -> None:
    blocking = {"requests", "httpx", "urllib3", "http.client", "urllib.request", "socket"}
    for path, node in nodes():
        match node:
            case ast.Import(names=names):
                assert blocking.isdisjoint(name.name for name in names), path.name
            case ast.ImportFrom(module=module):
                assert module not in blocking, path.name
            case ast.Call(func=func):
                assert not ast.unparse(func).endswith("ClientSession"), path.name
    clients = ast.unparse(modules()[INTEGRATION / "kinds/sessions.py"])
    # One of Home Assistant's making, but without cookies: those of accounts would meet in it.
    assert "async_create_clientsession(hass" in clients


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
