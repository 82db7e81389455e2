"""An automation made of the blueprint for alarms where thousands are open and hundreds come."""

import asyncio
from collections.abc import Callable
from pathlib import Path
import shutil

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers.typing import ConfigType
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.chain import Chain

from .house import Loop, account, home, settle

_ROOT = Path(__file__).parents[2]
_FOLDER = Path("blueprints/automation/testo_smart_connect")
_AT_ONCE = 400
_MOMENT = 1.5
"""Seconds: what comes at once is gathered for less."""


async def measure(loggers: int) -> dict[str, float]:
    """Return CPU and the longest hold of the loop in seconds, and how many messages came."""
    async with home() as hass:
        ours = await _run(hass, loggers, _blueprint)
    async with home() as hass:
        plain = await _run(hass, loggers, _plain)
    return {
        "open": float(loggers),
        "at_once": float(_AT_ONCE),
        **ours,
        **{f"plain_{key}": value for key, value in plain.items()},
    }


async def _run(
    hass: HomeAssistant, loggers: int, automation: Callable[[Chain], ConfigType]
) -> dict[str, float]:
    assert await async_setup_component(hass, DOMAIN, {})
    entry = account("")  # never loaded
    entry.add_to_hass(hass)
    chain = Chain(hass, entry, loggers + _AT_ONCE + 1)
    chain.show(range(loggers), dt_util.utcnow())
    await asyncio.to_thread(
        shutil.copytree, _ROOT / _FOLDER, hass.config.path(str(_FOLDER)), dirs_exist_ok=True
    )
    messages: list[str] = []

    async def note(call: ServiceCall) -> None:
        messages.append(call.data["title"])

    hass.services.async_register("notify", "phone", note)
    assert await async_setup_component(hass, "automation", {"automation": [automation(chain)]})
    await settle(hass)
    found: dict[str, float] = {}
    last = loggers + _AT_ONCE
    some = range(loggers, last)
    changes: dict[str, Callable[[], None]] = {
        "one": lambda: chain.open([last]),
        "raised": lambda: chain.open(some),
        "cleared": lambda: chain.clear(some),
    }
    for name, change in changes.items():
        messages.clear()
        loop = Loop()
        with loop.watched():
            change()
            await asyncio.sleep(_MOMENT)
            await settle(hass)
        found |= {
            f"{name}_cpu": loop.cpu,
            f"{name}_hold": loop.hold,
            f"{name}_messages": float(len(messages)),
        }
    return found


def _blueprint(chain: Chain) -> ConfigType:
    say = {"action": "notify.phone", "data": {"title": "{{ title }}", "message": "{{ message }}"}}
    return {
        "id": "storm",
        "alias": "Storm",
        "use_blueprint": {
            "path": "testo_smart_connect/cold_storage_alarm.yaml",
            "input": {"loggers": chain.target(), "notify_actions": [say]},
        },
    }


def _plain(chain: Chain) -> ConfigType:
    """Return what one writes without a blueprint: a message for each event."""
    facts = "trigger.to_state.attributes"
    say = {
        "action": "notify.phone",
        "data": {
            "title": "{{ trigger.to_state.name }}",
            "message": f"{{{{ {facts}.value }}}} {{{{ {facts}.unit }}}}",
        },
    }
    triggers = [
        {"trigger": f"{DOMAIN}.alarm_{change}", "target": chain.target()}
        for change in ("raised", "cleared")
    ]
    return {
        "id": "plain",
        "alias": "Plain",
        "mode": "queued",
        "max": 1000,
        "triggers": triggers,
        "actions": [say],
    }
