"""Where the files are, and how they are read."""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.util.yaml import load_yaml_dict

ROOT = Path(__file__).parents[2]
INTEGRATION = ROOT / "custom_components" / "testo_smart_connect"
TESTS = ROOT / "tests"
LANGUAGES = ("en", "de", "fr", "it", "nl", "es", "pl")

type Leaf = tuple[str, str]
"""The dotted path of a text in a JSON file, and the text."""


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON file, {} if there is none."""
    content: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
    return content


def read_yaml(path: Path) -> dict[str, Any]:
    """Return a YAML file, {} if there is none."""
    return dict(load_yaml_dict(str(path))) if path.exists() else {}


def translation(language: str) -> dict[str, Any]:
    """Return the texts of a language."""
    return read_json(INTEGRATION / "translations" / f"{language}.json")


def leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[Leaf]:
    """Yield every text with its path."""
    for key, value in tree.items():
        path = f"{prefix}.{key}" if prefix else key
        if isinstance(value, Mapping):
            yield from leaves(value, path)
        else:
            yield path, str(value)


def placeholders(text: str) -> frozenset[str]:
    """Return the names that a text leaves open."""
    return frozenset(re.findall(r"{(\w+)}", text))
