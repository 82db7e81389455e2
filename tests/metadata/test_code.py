"""What every line of code and tests keeps to, and no tool checks."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
import re
import tokenize

import pytest

from .files import INTEGRATION, ROOT

_SWITCH = re.compile(r"#\s*(?:type: ignore(?:\[[^]]*\])?|noqa(?:: ?[A-Z]+\d+(?:, ?[A-Z]+\d+)*)?)")


def python(folder: Path) -> list[Path]:
    """Return the Python files of a folder and those below it."""
    return sorted(folder.rglob("*.py"))


def comments(path: Path) -> Iterator[tuple[str, str]]:
    """Yield where each comment stands, and what it says."""
    for token in tokenize.tokenize(BytesIO(path.read_bytes()).readline):
        if token.type == tokenize.COMMENT:
            yield f"{path.relative_to(ROOT)}:{token.start[0]}", token.string


@pytest.mark.parametrize("folder", [INTEGRATION, ROOT / "tests"], ids=lambda it: it.name)
def test_whatever_a_tool_must_not_say_has_a_reason(folder: Path) -> None:
    """On the same line: `# noqa: S311 - a test must be repeatable`."""
    bare = [
        place
        for path in python(folder)
        for place, comment in comments(path)
        if _SWITCH.search(comment) and not re.search(r"\w", _SWITCH.sub("", comment))
    ]
    assert bare == []


@pytest.mark.parametrize("folder", ["integration", "e2e", "demo"])
def test_tests_look_from_outside(folder: str) -> None:
    """States, events, statistics, requests, diagnostics and files say what is to be known."""
    inside = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in python(ROOT / "tests" / folder)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "runtime_data" in line
    ]
    assert inside == []
