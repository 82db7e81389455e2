"""Set-up from what is remembered, beside as many restored template sensors."""

import importlib
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .chain import Chain
from .house import NOW, add, fill, home, serving, settle


async def measure(loggers: int) -> dict[str, float]:
    """Return the seconds until all entities are there, of both, and how many they are."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, Chain(loggers), NOW)
        async with serving(folder) as base_url, home() as hass:
            ours, entities = await _ours(hass, base_url)
        async with home() as hass:
            theirs = await _templates(hass, entities)
    return {"entities": float(entities), "seconds": ours, "template_seconds": theirs}


async def _ours(hass: HomeAssistant, base_url: str) -> tuple[float, int]:
    entry = await add(hass, base_url)
    assert await hass.config_entries.async_unload(entry.entry_id)
    begun = perf_counter()
    assert await hass.config_entries.async_setup(entry.entry_id)
    # The jobs that follow run in the background; nobody waits for them.
    seconds = perf_counter() - begun
    entities = sum(state.state != "unavailable" for state in hass.states.async_all())
    await settle(hass)
    return seconds, entities


async def _templates(hass: HomeAssistant, number: int) -> float:
    sensors = [
        {"name": f"Sensor {place}", "unique_id": f"{place}", "state": "{{ 20.5 }}"}
        for place in range(number)
    ]
    # Ours was loaded before it was measured; so are these.
    assert await async_setup_component(hass, "sensor", {})
    importlib.import_module("homeassistant.components.template.sensor")
    begun = perf_counter()
    assert await async_setup_component(hass, "template", {"template": [{"sensor": sensors}]})
    await settle(hass)
    seconds = perf_counter() - begun
    assert len(hass.states.async_all("sensor")) == number
    return seconds
