"""Where the files are, how they are read, and how those with texts are laid out.

`python -m tests.metadata.files` lays them out.
"""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.util.yaml import load_yaml_dict

ROOT = Path(__file__).parents[2]
INTEGRATION = ROOT / "custom_components" / "testo_smart_connect"
TESTS = ROOT / "tests"
WIDTH = 100
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


def texts() -> Iterator[Path]:
    """Yield the files that are laid out: translations and icons."""
    yield from sorted((INTEGRATION / "translations").glob("*.json"))
    yield INTEGRATION / "icons.json"


def laid_out(value: object, before: int = 0, indent: str = "") -> str:
    """Return JSON in which every object stands on one line if it fits, after so many columns."""
    line = json.dumps(value, ensure_ascii=False)
    # What follows may be a comma.
    if not isinstance(value, Mapping) or before + len(line) < WIDTH:
        return line
    deeper = f"{indent}  "
    starts = {f"{deeper}{json.dumps(key)}: ": inner for key, inner in value.items()}
    lines = (start + laid_out(inner, len(start), deeper) for start, inner in starts.items())
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def main() -> None:
    """Lay out all of them."""
    for path in texts():
        path.write_text(f"{laid_out(read_json(path))}\n")


if __name__ == "__main__":
    main()
