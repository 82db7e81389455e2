"""Texts: what the code names is there in every language, and nothing is left over."""

import ast
from collections.abc import Iterator, Mapping
import re
from typing import Any

import pytest

from custom_components.testo_smart_connect.binary_sensor import SEVERITIES
from custom_components.testo_smart_connect.clouds.base import Resource
from custom_components.testo_smart_connect.kinds.table import KINDS

from .code import PLATFORMS, Use, is_composed, literals, modules, nodes, text_of, uses
from .files import (
    INTEGRATION,
    LANGUAGES,
    laid_out,
    leaves,
    placeholders,
    read_json,
    texts,
    translation,
)

ENGLISH = translation("en")
SECTIONS = {
    "common",
    "conditions",
    "config",
    "config_subentries",
    "device",
    "entity",
    "exceptions",
    "issues",
    "options",
    "selector",
    "services",
    "system_health",
    "title",
    "triggers",
}
# aborts that Home Assistant's own flow helpers raise
HELPERS_ABORT = {
    "_abort_if_unique_id_configured": "already_configured",
    "async_update_reload_and_abort": "re(auth|configure)_successful",
    "async_update_and_abort": "re(auth|configure)_successful",
}


def keyed() -> Iterator[tuple[str, str, Any]]:
    """Yield section, key and content of every text that code names by a translation key."""
    for section in ("device", "exceptions", "issues", "selector"):
        for key, content in ENGLISH.get(section, {}).items():
            yield section, key, content
    for platform, entities in ENGLISH.get("entity", {}).items():
        for key, content in entities.items():
            yield f"entity.{platform}", key, content


def flows() -> Iterator[Mapping[str, Any]]:
    """Yield the texts of every flow but those of issues."""
    yield from (ENGLISH["config"], ENGLISH["options"])
    yield from ENGLISH["config_subentries"].values()


def steps() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every step of every flow, fix flows of issues included."""
    for flow in flows():
        yield from flow.get("step", {}).items()
    for issue in ENGLISH.get("issues", {}).values():
        yield from issue.get("fix_flow", {}).get("step", {}).items()


def test_languages_are_complete() -> None:
    files = {path.stem for path in (INTEGRATION / "translations").iterdir()}
    assert files == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_agree(language: str) -> None:
    """The same keys in the same order, each leaving the same open."""
    ours, english = (dict(leaves(texts)) for texts in (translation(language), ENGLISH))
    assert list(ours) == list(english)
    for path, text in english.items():
        assert placeholders(ours[path]) == placeholders(text), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_fit_to_show(language: str) -> None:
    for path, text in leaves(translation(language)):
        assert text, path
        assert text == text.strip(), path
        assert "[%key:" not in text, f"{path}: only Home Assistant's own build resolves references"
        assert "://" not in text, f"{path}: addresses come through placeholders"
        assert not re.search(r"'{\w+}'|<\w", text), f"{path}: no quoted placeholder, no HTML"


def test_layout() -> None:
    """What fits stands on one line, so that names read as a table."""
    for path in texts():
        told = path.read_text()
        assert told == f"{laid_out(read_json(path))}\n", "run python -m tests.metadata.files"


def test_sections() -> None:
    assert ENGLISH.keys() <= SECTIONS
    assert ENGLISH.get("entity", {}).keys() <= PLATFORMS
    assert all(re.fullmatch(r"[\w.-]+", path) for path, _ in leaves(ENGLISH))
    assert all(content.keys() == {"message"} for content in ENGLISH.get("exceptions", {}).values())
    for key, content in ENGLISH.get("issues", {}).items():
        assert "title" in content, key
        assert ("description" in content) != ("fix_flow" in content), key


@pytest.mark.quality_rule("entity-translations")
@pytest.mark.quality_rule("exception-translations")
def test_every_key_has_a_text() -> None:
    missing = [
        f"{use.place}: {use.section} {use.pattern}"
        for use in uses()
        if not any(use.matches(section, key) for section, key, _ in keyed())
    ]
    assert missing == []


def test_no_text_is_left_over() -> None:
    """A key that is put together at run time has to be made of words of the code."""

    def is_used(section: str, key: str) -> bool:
        ours = [use for use in uses() if use.matches(section, key)]
        return any(use.literal for use in ours) or (bool(ours) and is_composed(key))

    assert [f"{section}.{key}" for section, key, _ in keyed() if not is_used(section, key)] == []


def test_placeholders_are_given() -> None:
    """A message or issue whose placeholder is not filled in is shown with its braces."""
    for section, key, content in keyed():
        if section in {"exceptions", "issues"}:
            wanted = frozenset[str]().union(*(placeholders(text) for _, text in leaves(content)))
            for use in uses():
                if use.literal and use.given is not None and use.matches(section, key):
                    assert wanted <= use.given, use.place


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_alarm_has_its_words(language: str) -> None:
    """One pattern for all quantities, with a blank that Home Assistant finds in English too."""
    texts = translation(language)
    for severity in SEVERITIES:
        assert placeholders(texts["entity"]["binary_sensor"][severity]["name"]) == {
            "name",
            "number",
        }
        assert placeholders(texts["common"][severity]) == {"quantity"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_alarm_says_whether_it_is_acknowledged(language: str) -> None:
    for alarm in (*SEVERITIES, "system_alarm"):
        attributes = translation(language)["entity"]["binary_sensor"][alarm]["state_attributes"]
        assert attributes["acknowledged"]["state"].keys() == {"true", "false"}
        assert attributes["acknowledged_by"]["state"].keys() == {"automation"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_has_its_words(language: str) -> None:
    """Our own name for it, and what the cloud calls it; codes go by their first word."""
    words = translation(language)["common"]
    for name in (*Resource, "properties", "measurements", "measuring_objects", "other"):
        assert words[f"resource_{name}"]
    for kind in ("ahead", "long", "no", "other", "too", "unknown"):
        assert words[f"reason_{kind}"]


@pytest.mark.quality_rule("config-flow")
def test_every_field_is_explained() -> None:
    for step, content in steps():
        sections = content.get("sections", {})
        for form in (content, *sections.values()):
            assert list(form.get("data", {})) == list(form.get("data_description", {})), step
            assert set(form.get("data", {})) <= literals(), step
        assert set(sections) <= literals(), step


def test_steps_exist() -> None:
    methods = {
        node.name.removeprefix("async_step_")
        for _, node in nodes()
        if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("async_step_")
    }
    methods |= KINDS.keys()
    methods |= {
        kind.step(it) for kind in KINDS.values() for it in ("reconfigure", "reauth_confirm")
    }
    assert ENGLISH["config"]["step"]["user"]["menu_options"].keys() == KINDS.keys()
    assert {name for name, _ in steps()} <= methods
    progress = {name for flow in flows() for name in flow.get("progress", {})}
    assert progress <= literals()
    shown = {name for name, _ in steps()} | progress
    told = {
        step
        for call, argument in {
            "show_form": "step_id",
            "show_menu": "step_id",
            "show_progress": "progress_action",
        }.items()
        for step in _said(call, argument)
    }
    assert told <= shown


def test_errors_and_aborts() -> None:
    aborts = {
        pattern
        for _, node in nodes()
        if isinstance(node, ast.Attribute) and (pattern := HELPERS_ABORT.get(node.attr))
    } | {re.escape(reason) for reason in (*_said("abort", "reason"), *_raised())}
    named = {name for flow in flows() for name in flow.get("abort", {})}
    for issue in ENGLISH["issues"].values():
        named |= {*issue.get("fix_flow", {}).get("abort", {})}
    assert [it for it in aborts if not any(re.fullmatch(it, key) for key in named)] == []
    assert [it for it in named if not any(re.fullmatch(key, it) for key in aborts)] == []
    errors = {key for flow in flows() for key in flow.get("error", {})}
    assert errors <= literals()
    assert errors >= set(_set_errors())


def _said(callee: str, argument: str) -> Iterator[str]:
    """Yield the spelt-out values of an argument, in calls of anything named like the callee."""
    for _, node in nodes():
        match node:
            case ast.Call(func=ast.Attribute(attr=name), keywords=keywords) if callee in name:
                for keyword in keywords:
                    if keyword.arg == argument and (text := text_of(keyword.value)):
                        yield text


def _raised() -> Iterator[str]:
    """Yield the reasons with which a flow is ended from within."""
    for _, node in nodes():
        match node:
            case ast.Call(func=ast.Name("AbortFlow"), args=[reason, *_]):
                if text := text_of(reason):
                    yield text


def _set_errors() -> Iterator[str]:
    """Yield what a flow puts into a dictionary called errors."""
    flows = [INTEGRATION / "config_flow.py", *sorted((INTEGRATION / "flows").glob("*.py"))]
    for node in (each for flow in flows for each in ast.walk(modules()[flow])):
        match node:
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(name) | ast.Attribute(attr=name))],
                value=value,
            ) if name.endswith("errors"):
                values: list[ast.expr] = [value]
            case ast.Assign(
                targets=[ast.Name(name) | ast.Attribute(attr=name)], value=ast.Dict(values=values)
            ) if name.endswith("errors"):
                pass
            case _:
                continue
        yield from (text for it in values if (text := text_of(it)))


def test_uses_are_understood() -> None:
    """The reading of the code is itself tried: it finds uses, and knows a made-up key."""
    assert [use for use in uses() if use.section.startswith("entity.") and use.literal]
    use = Use("here", "entity.*", r".+_alarm", None)
    assert use.matches("entity.binary_sensor", "co2_alarm")
    assert not use.matches("exceptions", "co2_alarm")
    assert not use.literal
    assert is_composed("alarm_warning")
    assert not is_composed("no_such_word_anywhere")
