"""Changing one member of an object that was read, and seeing what became of it."""

from collections.abc import Container, Iterator, Mapping
from typing import Any


def changed(before: Mapping[str, Any], name: str, value: float | str) -> dict[str, Any]:
    """Return the whole object with one other value, told in the way of the one before."""
    old = before[name]
    if isinstance(value, float) and value.is_integer() and not isinstance(old, float):
        value = int(value)
    return {**before, name: str(value) if isinstance(old, str) else value}


def differences(
    sent: Mapping[str, Any], found: Mapping[str, Any], leave_out: Container[str]
) -> tuple[str, ...]:
    """Return the names of what is not as it was sent, but of some members."""
    return tuple(
        name
        for name in sorted({*sent, *found})
        if name not in leave_out and not _same(sent, found, name)
    )


def _same(sent: Mapping[str, Any], found: Mapping[str, Any], name: str) -> bool:
    """Tell whether a member is there in both, of one value and one type."""
    if name not in sent or name not in found:
        return False
    return [*_leaves(sent[name])] == [*_leaves(found[name])]


def _leaves(told: Any, path: str = "") -> Iterator[tuple[str, bool, Any]]:
    """Yield the plain values in an object; for Python a truth value would equal a number."""
    if isinstance(told, Mapping):
        yield path, False, "{"
        for name in sorted(told):
            yield from _leaves(told[name], f"{path}.{name}")
    elif isinstance(told, list):
        yield path, False, len(told)
        for place, it in enumerate(told):
            yield from _leaves(it, f"{path}[{place}]")
    else:
        yield path, isinstance(told, bool), told
