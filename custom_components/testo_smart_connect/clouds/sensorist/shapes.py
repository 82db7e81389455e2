"""Parts of answers whose shapes nobody has published. Facts: Sensorist reference, part 10."""

from collections.abc import Mapping
from typing import Any

from ..fields import Row


def created(answer: Mapping[str, Any], name: str) -> Row | None:
    """Return what was created, alone or in a list; None if the answer does not tell it."""
    for found in (answer.get(name), answer.get(f"{name}s")):
        if isinstance(found, dict):
            return found
        if isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict):
            only: Row = found[0]
            return only
    return None


def rows_in(answer: Mapping[str, Any]) -> list[Row]:
    """Return the rows of the only list of an answer, whatever its name is."""
    lists = [it for it in answer.values() if isinstance(it, list)]
    return [row for found in lists for row in found if isinstance(row, dict)]
