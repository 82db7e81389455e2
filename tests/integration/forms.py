"""Every text of a form that is shown has to be there, with all that it leaves open filled in."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import RepairsFlow
from homeassistant.config_entries import ConfigFlow, ConfigSubentryFlow, OptionsFlow
from homeassistant.data_entry_flow import FlowHandler, FlowManager, FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.metadata.files import leaves, placeholders, translation

type AnyFlow = FlowHandler[Any, Any, Any]
_OF_TESTS = ("plain", "listed")
"""Kinds that only tests have, and that say nothing."""
_OF_HOME_ASSISTANT = {"reconfigure_successful", "reauth_successful"}


def check_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at every step that a flow of ours shows from now on."""
    handle = FlowManager._async_handle_step  # noqa: SLF001  all flows pass through it

    async def checked(
        self: FlowManager[Any, Any, Any], flow: AnyFlow, step_id: str, user_input: Any
    ) -> Any:
        result = await handle(self, flow, step_id, user_input)
        if type(flow).__module__.startswith(f"custom_components.{DOMAIN}"):
            _check(_texts(flow), result)
        return result

    monkeypatch.setattr(FlowManager, "_async_handle_step", checked)


def _texts(flow: AnyFlow) -> Mapping[str, Any]:
    """Return what the forms of a flow say."""
    texts: dict[str, Any] = translation("en")
    match flow:
        case ConfigFlow():
            found = texts["config"]
        case OptionsFlow():
            found = texts["options"]
        case ConfigSubentryFlow():
            found = texts["config_subentries"][flow.handler[1]]
        case RepairsFlow():
            issue = ir.async_get(flow.hass).async_get_issue(DOMAIN, flow.issue_id)
            found = texts["issues"][issue.translation_key]["fix_flow"] if issue else {}
        case _:
            raise AssertionError(type(flow))
    return dict(found)


def _check(texts: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    given = set(result.get("description_placeholders") or ())
    for path, text in _shown(texts, result):
        assert placeholders(text) <= given, f"{path} is shown without all that it says"


def _shown(texts: Mapping[str, Any], result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the texts of a step by path; it fails if one is not there."""
    match result["type"]:
        case FlowResultType.FORM | FlowResultType.MENU:
            step = result["step_id"]
            if not texts or step.endswith(_OF_TESTS):
                return []
            errors = texts.get("error", {})
            return [
                *leaves(texts["step"][step], step),
                *((key, errors[key]) for key in (result.get("errors") or {}).values()),
            ]
        case FlowResultType.SHOW_PROGRESS:
            action = result["progress_action"]
            return [(action, texts["progress"][action])]
        case FlowResultType.ABORT if texts and result["reason"] not in _OF_HOME_ASSISTANT:
            return [(result["reason"], texts["abort"][result["reason"]])]
    return []
