# ruff: noqa: EM102, TRY003 - a DemoError is made for its text
"""The automation of the demonstration, made from the blueprint for cold storage alarms."""

import asyncio
from typing import Any

from .cloud import Cloud
from .errors import DemoError
from .home import Home

NAME = "Cold storage alarm"
_ID = "cold_storage_alarm"
_BLUEPRINT = "testo_smart_connect/cold_storage_alarm.yaml"
_PATIENCE = 20.0
"""Seconds until it is loaded, which happens after its editor was answered."""


async def add_automation(home: Home, cloud: Cloud) -> None:
    """Make the automation as the editor does, or anew that of an earlier run.

    All but the loggers is left as the blueprint has it: messages are notifications of Home
    Assistant.
    """
    areas = {row["name"]: row["area_id"] for row in await home.call("config/area_registry/list")}
    sites = [site.name for site in cloud.fleet.sites]
    if missing := [site for site in sites if site not in areas]:
        raise DemoError(f"the site {missing[0]} has no area")
    loggers = {"area_id": [areas[site] for site in sites]}
    await home.post(
        f"/api/config/automation/config/{_ID}",
        {
            "alias": NAME,
            "description": "",
            "use_blueprint": {"path": _BLUEPRINT, "input": {"loggers": loggers}},
        },
    )
    await _until_loaded(home)


async def _until_loaded(home: Home) -> None:
    state = None
    try:
        async with asyncio.timeout(_PATIENCE):
            while (state := await _state(home)) not in {"on", "off"}:  # noqa: ASYNC110 - over HTTP nobody tells
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise DemoError(f"the automation {NAME} is {state or 'missing'}") from None


async def _state(home: Home) -> str | None:
    """Return its state; somebody may have switched it off in an earlier run."""
    states: list[dict[str, Any]] = await home.get("/api/states")
    for state in states:
        if state["entity_id"].startswith("automation.") and state["attributes"].get("id") == _ID:
            found: str = state["state"]
            return found
    return None
