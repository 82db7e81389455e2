"""The examples of README and docs, as they stand."""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml

_ROOT = Path(__file__).parents[2]
DOCUMENTS = [_ROOT / "README.md", *sorted((_ROOT / "docs").rglob("*.md"))]

type Example = dict[str, Any]


def examples(document: Path) -> Iterator[Example]:
    """Yield the examples of a document."""
    for block in re.findall(r"(?ms)^```yaml\n(.*?)^```", document.read_text(encoding="utf-8")):
        found = parse_yaml(block)
        assert isinstance(found, dict)
        yield found


EXAMPLES = [it for path in DOCUMENTS for it in examples(path)]
ACTIONS: dict[str, list[Any]] = {
    it["actions"][0]["action"].partition(".")[2]: it["actions"]
    for it in EXAMPLES
    if "triggers" not in it
}
"""What is only actions, by the name of the first."""


OF_SENSORIST = ("create_alarm", "delete_alarm")
OF_SETTINGS = (
    "create_site",
    "get_connect_key",
    "set_site_time_zone",
    "create_measuring_object",
)


async def run_actions(hass: HomeAssistant, *names: str) -> None:
    """Run examples that are only actions, one after the other."""
    known = {name: {"sequence": ACTIONS[name]} for name in ACTIONS}
    assert await async_setup_component(hass, "script", {"script": known})
    for name in names:
        await hass.services.async_call("script", name, blocking=True)
        await hass.async_block_till_done()
