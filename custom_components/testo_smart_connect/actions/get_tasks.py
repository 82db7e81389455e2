"""The action that returns the finished steps of quality tasks."""

from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_config_entry
import probatio

from ..account.account import Account, TestoConfigEntry
from ..clouds.errors import CloudError
from ..const import ATTR_CONFIG_ENTRY_ID, DOMAIN
from ..history.ranges import windows
from ..monitoring.identity import identity
from ..monitoring.model import Task
from ..monitoring.window import Window
from ..texts import iso_local
from .past import unread
from .period import PERIOD_FIELDS, window_of
from .permission import check_entities

GET_TASKS: Final = "get_tasks"
ATTR_WITH_NAMES: Final = "with_names"
_SCHEMA = probatio.Schema(
    {
        probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        **PERIOD_FIELDS,
        probatio.Optional(ATTR_WITH_NAMES, default=False): cv.boolean,
    }
)


@callback
def async_setup_get_tasks(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN, GET_TASKS, _get, _SCHEMA, supports_response=SupportsResponse.ONLY
    )


async def _get(call: ServiceCall) -> dict[str, Any]:
    window = window_of(call)
    entry: TestoConfigEntry = async_get_config_entry(
        call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID)
    )
    account = entry.runtime_data
    if not account.cloud.traits.tasks:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="not_offered",
            translation_placeholders={"account": account.title, "kind": account.kind.product},
        )
    # Tasks belong to nothing that is shown, but to the account.
    await check_entities(call, [_of_account(account)], POLICY_READ)
    tasks = await _tasks(account, window)
    return {"tasks": [_told(it, with_names=call.data[ATTR_WITH_NAMES]) for it in tasks]}


def _of_account(account: Account) -> str | None:
    registry = er.async_get(account.hass)
    unique_id = identity(account.tenant, "active_alarms")
    return registry.async_get_entity_id("sensor", DOMAIN, unique_id)


async def _tasks(account: Account, window: Window) -> list[Task]:
    """Return the steps of a window, each once, by time."""
    found: dict[str, Task] = {}
    try:
        for since, until in windows(window.start, window.end, account.cloud.traits.longest_window):
            answer = await account.cloud.tasks(since, until)
            account.health.note_report(answer.report)
            found |= {it.uuid: it for it in answer.value}
    except CloudError as err:
        raise unread(account, err) from err
    inside = (it for it in found.values() if window.start <= it.at < window.end)
    return sorted(inside, key=lambda it: (it.at, it.number or 0, it.uuid))


def _told(task: Task, *, with_names: bool) -> dict[str, Any]:
    return {
        "time": iso_local(task.at),
        "task": task.title,
        "process": task.process,
        "category": task.category,
        "type": task.kind,
        "begin": iso_local(task.began),
        "end": iso_local(task.ended),
        "step": task.number,
        "step_type": task.step_kind,
        "instructions": task.instructions,
        "result": task.result,
        "corrected": task.corrected,
        "alarm_uuid": task.alarm,
        **({"user": task.user} if with_names else {}),
    }
