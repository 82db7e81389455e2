# ruff: noqa: EM102, TRY003 - a DemoError is made for its text
"""The account of the demonstration, added through the real config flow."""

import asyncio
from typing import Any

from custom_components.testo_smart_connect.const import DOMAIN

from .cloud import Cloud
from .errors import DemoError
from .home import Home

_FLOW = "/api/config/config_entries/flow"
SUBENTRY_FLOW = "/api/config/config_entries/subentries/flow"
_OPTIONS = "/api/config/config_entries/options/flow"
_PATIENCE = 90.0
"""Seconds for the progress step: a job of the cloud takes a while."""


async def add_account(home: Home, cloud: Cloud) -> str:
    """Add the account, or lead the one of an earlier run to the new address; return its id."""
    entries = await home.call("config_entries/get", domain=DOMAIN)
    if entries:
        return await _reconnect(home, cloud, entries[0]["entry_id"])
    menu = await home.post(_FLOW, {"handler": DOMAIN, "show_advanced_options": False})
    form = await home.post(f"{_FLOW}/{menu['flow_id']}", {"next_step_id": cloud.kind})
    result = await submit(home, form, _typed(cloud))
    if _is_form(result, "sites"):
        result = await submit(home, result, {"sites": _choices(result, "sites")})
    if result["type"] != "create_entry":
        raise DemoError(f"the account could not be added: {says(result)}")
    entry_id: str = result["result"]["entry_id"]
    await _set_options(home, cloud, entry_id)
    return entry_id


async def _reconnect(home: Home, cloud: Cloud, entry_id: str) -> str:
    form = await home.post(_FLOW, {"handler": DOMAIN, "entry_id": entry_id})
    if form["type"] == "menu":
        next_step = {"next_step_id": f"reconfigure_{cloud.kind}"}
        form = await home.post(f"{_FLOW}/{form['flow_id']}", next_step)
    result = await submit(home, form, _typed(cloud))
    if result.get("reason") != "reconfigure_successful":
        raise DemoError(f"the account could not be connected again: {says(result)}")
    return entry_id


async def _set_options(home: Home, cloud: Cloud, entry_id: str) -> None:
    """Read as often as is allowed: the world lives sixty times as fast."""
    form = await home.post(_OPTIONS, {"handler": entry_id})
    offered = {field["name"] for field in form["data_schema"]}
    shortest = {
        field["name"]: field["selector"]["number"]["min"]
        for field in form["data_schema"]
        if field["name"].endswith("_interval")
    }
    chosen: dict[str, Any] = {**shortest}
    # A cloud that calls back needs an address on the internet.
    if "push" in offered and cloud.kind == "saveris_data":
        chosen["push"] = True
    if sites := _choices(form, "sites"):
        chosen["sites"] = sites
    result = await home.post(f"{_OPTIONS}/{form['flow_id']}", chosen)
    if result["type"] != "create_entry":
        raise DemoError(f"the options could not be set: {says(result)}")


def _typed(cloud: Cloud) -> dict[str, Any]:
    region = {} if cloud.kind == "sensorist" else {"region": "eu"}
    return {**region, **cloud.login}


async def submit(
    home: Home, form: dict[str, Any], typed: dict[str, Any], flows: str = _FLOW
) -> dict[str, Any]:
    """Send a form and follow the progress step."""
    if form["type"] != "form":
        raise DemoError(f"the set-up began without a form: {says(form)}")
    return await follow(home, await home.post(f"{flows}/{form['flow_id']}", typed), flows)


async def follow(home: Home, result: dict[str, Any], flows: str) -> dict[str, Any]:
    """Wait for the end of a progress step, if this is one."""
    try:
        async with asyncio.timeout(_PATIENCE):
            while result["type"].startswith("progress"):
                await asyncio.sleep(0.5)
                result = await home.get(f"{flows}/{result['flow_id']}")
    except TimeoutError:
        raise DemoError("the set-up hangs: its progress step does not end") from None
    return result


def _choices(form: dict[str, Any], name: str) -> list[str]:
    """Return all options of a field."""
    for field in form["data_schema"]:
        if field["name"] == name:
            return [option["value"] for option in field["selector"]["select"]["options"]]
    return []


def _is_form(result: dict[str, Any], step: str) -> bool:
    return (result["type"], result.get("step_id")) == ("form", step)


def says(result: dict[str, Any]) -> str:
    """Return what a step of a flow complains about."""
    errors = result.get("errors") or {}
    told = ", ".join(errors.values()) or result.get("reason")
    return told or f"{result['type']} {result.get('step_id')} came instead"
