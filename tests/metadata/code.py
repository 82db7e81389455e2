"""What the integration's code says about texts, read from its syntax trees.

Selectors of actions, triggers and conditions name theirs in YAML files.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
import re

from homeassistant.const import Platform

from .files import INTEGRATION, leaves, read_yaml

PLATFORMS = frozenset(str(platform) for platform in Platform)


@dataclass(frozen=True, slots=True)
class Use:
    """A place in the code that names a text by its translation key."""

    place: str
    """File and line, for messages."""
    section: str
    """Where the text stands in a translation file, e.g. `exceptions` or `entity.sensor`;
    `entity.*` where a base class names it for several platforms."""
    pattern: str
    """The key as a regular expression; what is only known at run time matches anything."""
    given: frozenset[str] | None
    """The placeholders that are filled in; None if that is only known at run time."""

    @property
    def literal(self) -> bool:
        """Tell whether the key is spelt out."""
        return not re.search(r"\.\+", self.pattern)

    def matches(self, section: str, key: str) -> bool:
        """Tell whether this may be the use of a text."""
        ours = self.section.removesuffix("*")
        same = section.startswith(ours) if ours != self.section else section == ours
        return same and re.fullmatch(self.pattern, key) is not None


@cache
def modules() -> dict[Path, ast.Module]:
    """Return the syntax tree of every module of the integration."""
    return {path: ast.parse(path.read_bytes()) for path in sorted(INTEGRATION.rglob("*.py"))}


def nodes() -> Iterator[tuple[Path, ast.AST]]:
    """Yield every node of every module."""
    for path, module in modules().items():
        for node in ast.walk(module):
            yield path, node


@cache
def constants() -> dict[str, str]:
    """Return the module-level names that stand for a text."""
    found = {}
    for module in modules().values():
        for node in module.body:
            match node:
                case (
                    ast.Assign(targets=[ast.Name(name)], value=ast.Constant(str(text)))
                    | ast.AnnAssign(target=ast.Name(name), value=ast.Constant(str(text)))
                ):
                    found[name] = text
    return found


@cache
def literals() -> frozenset[str]:
    """Return every text that is spelt out in the code, pieces of f-strings included."""
    return frozenset(
        node.value
        for _, node in nodes()
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def text_of(node: ast.AST | None) -> str | None:
    """Return the text that an expression stands for, if it is spelt out."""
    match node:
        case ast.Constant(str(text)):
            return text
        case ast.Name(name) | ast.Attribute(attr=name):
            return constants().get(name)
    return None


def is_composed(key: str) -> bool:
    """Tell whether a key is made of words that the code spells out: `co2` and `_alarm`."""
    words = {literal.strip("_") for literal in literals()}
    parts = key.split("_")
    return key in words or any(
        "_".join(parts[:cut]) in words and is_composed("_".join(parts[cut:]))
        for cut in range(1, len(parts))
    )


@cache
def uses() -> tuple[Use, ...]:
    """Return every use of a translation key."""
    return (*_uses(), *_uses_in_yaml())


def _uses_in_yaml() -> Iterator[Use]:
    for kind in ("services", "triggers", "conditions"):
        for path, key in leaves(read_yaml(INTEGRATION / f"{kind}.yaml")):
            if path.endswith(".translation_key"):
                yield Use(f"{kind}.yaml: {path}", "selector", re.escape(key), None)


def _uses() -> Iterator[Use]:
    for path, node in nodes():
        place = f"{path.relative_to(INTEGRATION)}:{getattr(node, 'lineno', 0)}"
        entity = f"entity.{path.stem if path.stem in PLATFORMS else '*'}"
        match node:
            case ast.Call(func=ast.Name(name) | ast.Attribute(attr=name), keywords=keywords):
                said = {keyword.arg: keyword.value for keyword in keywords}
                if key := said.get("translation_key"):
                    section = _section(name, entity)
                    given = _names(said.get("translation_placeholders"))
                    yield from (Use(place, section, it, given) for it in _patterns(key))
            case (
                ast.Assign(targets=[ast.Name(name) | ast.Attribute(attr=name)], value=value)
                | ast.AnnAssign(target=ast.Name(name) | ast.Attribute(attr=name), value=value)
            ) if name == "_attr_translation_key" and value:
                yield from (Use(place, entity, it, None) for it in _patterns(value))


def _section(callee: str, entity: str) -> str:
    """Return the section of the texts that a class or function names."""
    kinds = {
        r".*Description": entity,
        r".*(Error|Failed|NotReady|Exception)|Unresolvable": "exceptions",
        r".*SelectorConfig": "selector",
        r"(?i:\w*(issue|repair)\w*)": "issues",
        r".*DeviceInfo": "device",
    }
    for pattern, section in kinds.items():
        if re.fullmatch(pattern, callee):
            return section
    message = f"{callee}(translation_key=...): tell tests/metadata/code.py where its text stands"
    raise AssertionError(message)


def _patterns(node: ast.expr) -> list[str]:
    """Return the keys that an expression can be, as regular expressions."""
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            return [*_patterns(body), *_patterns(orelse)]
        case ast.Constant(None):
            return []
        case ast.JoinedStr(values=parts):
            texts = (text_of(part) for part in parts)
            return ["".join(".+" if text is None else re.escape(text) for text in texts)]
    text = text_of(node)
    return [".+" if text is None else re.escape(text)]


def _names(node: ast.expr | None) -> frozenset[str] | None:
    """Return the placeholders of a dictionary that is spelt out."""
    match node:
        case None:
            return frozenset()
        case ast.Dict(keys=keys):
            names = [text_of(key) for key in keys]
            return None if None in names else frozenset(name for name in names if name)
    return None
