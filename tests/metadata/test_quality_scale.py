"""The integration quality scale: every rule has its say, and what is done is proved."""

import ast
from collections.abc import Iterator
from typing import Any

from .files import INTEGRATION, TESTS, read_yaml

# the rules of 2026-08
RULES = {
    # bronze
    "action-setup",
    "appropriate-polling",
    "brands",
    "common-modules",
    "config-flow",
    "config-flow-test-coverage",
    "dependency-transparency",
    "docs-actions",
    "docs-conditions",
    "docs-high-level-description",
    "docs-installation-instructions",
    "docs-removal-instructions",
    "docs-triggers",
    "entity-event-setup",
    "entity-unique-id",
    "has-entity-name",
    "runtime-data",
    "test-before-configure",
    "test-before-setup",
    "unique-config-entry",
    # silver
    "action-exceptions",
    "config-entry-unloading",
    "docs-configuration-parameters",
    "docs-installation-parameters",
    "entity-unavailable",
    "integration-owner",
    "log-when-unavailable",
    "parallel-updates",
    "reauthentication-flow",
    "test-coverage",
    # gold
    "devices",
    "diagnostics",
    "discovery",
    "discovery-update-info",
    "docs-data-update",
    "docs-examples",
    "docs-known-limitations",
    "docs-supported-devices",
    "docs-supported-functions",
    "docs-troubleshooting",
    "docs-use-cases",
    "dynamic-devices",
    "entity-category",
    "entity-device-class",
    "entity-disabled-by-default",
    "entity-translations",
    "exception-translations",
    "icon-translations",
    "reconfiguration-flow",
    "repair-issues",
    "stale-devices",
    # platinum
    "async-dependency",
    "inject-websession",
    "strict-typing",
}


def scale() -> dict[str, tuple[str, str]]:
    """Return status and comment of every rule."""

    def split(said: Any) -> tuple[str, str]:
        return (said, "") if isinstance(said, str) else (said["status"], said.get("comment", ""))

    rules = read_yaml(INTEGRATION / "quality_scale.yaml").get("rules", {})
    return {rule: split(said) for rule, said in rules.items()}


def marked() -> Iterator[tuple[str, str]]:
    """Yield file and rule of every `@pytest.mark.quality_rule("rule")`."""
    for path in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Attribute(attr="mark"), attr="quality_rule"),
                    args=[ast.Constant(str(rule))],
                ):
                    yield str(path.relative_to(TESTS)), rule


def test_every_rule_has_its_say() -> None:
    assert len(RULES) == 54
    assert scale().keys() == RULES
    assert {status for status, _ in scale().values()} <= {"done", "todo", "exempt"}


def test_nothing_is_left_to_do() -> None:
    assert [rule for rule, said in scale().items() if said[0] == "todo"] == []


def test_exemptions_have_a_reason() -> None:
    assert [rule for rule, said in scale().items() if said == ("exempt", "")] == []


def test_marks_name_a_rule() -> None:
    assert [mark for mark in marked() if mark[1] not in RULES] == []


def test_what_is_done_is_proved() -> None:
    """Each rule by a test that is marked with it."""
    proved = {rule for _, rule in marked()}
    assert proved, "the reading of the marks broke"
    unproved = [rule for rule, said in scale().items() if said[0] == "done" and rule not in proved]
    assert unproved == []
