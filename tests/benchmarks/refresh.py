"""A refresh in which a tenth has changed, beside a plain coordinator with the same data."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
import gzip
import logging
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, override

from aiohttp import ClientSession
from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorStateClass,
)
from homeassistant.const import UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.entity_component import EntityComponent
from homeassistant.helpers.update_coordinator import CoordinatorEntity, DataUpdateCoordinator
from homeassistant.util import dt as dt_util
import orjson

from .chain import Chain, write
from .house import LATER, NOW, Loop, add, fill, home, never_wait, serving, settle

_SHARE = 0.1
_ROUNDS = 9
_LOGGER = logging.getLogger(__name__)

type Key = tuple[str, int]
type Row = dict[str, Any]


async def measure(loggers: int) -> dict[str, float]:
    """Return CPU and the longest hold of the loop of both, in seconds."""
    chain = Chain(loggers)
    with TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, chain, NOW)
        async with serving(folder) as base_url:
            async with home() as hass:
                plain_cpu, plain_hold = await _plain(hass, base_url, chain, folder)
            fill(folder, chain, NOW)
            async with home() as hass:
                cpu, hold = await _ours(hass, base_url, chain, folder)
    return {
        "channels": float(loggers * 4),
        "cpu": cpu,
        "hold": hold,
        "plain_cpu": plain_cpu,
        "plain_hold": plain_hold,
    }


async def _rounds(
    hass: HomeAssistant, chain: Chain, folder: Path, refresh: Callable[[], object]
) -> tuple[float, float]:
    """Return the usual CPU of a refresh, and the longest hold of the loop in any of them."""
    seconds, longest = [], 0.0
    for number in range(_ROUNDS):
        at = LATER + number * timedelta(seconds=30)
        write(folder / "v2-measurements.gz", chain.measurements([at], _SHARE))
        loop, begun = Loop(), dt_util.utcnow()
        with loop.watched():
            refresh()
            await settle(hass)
        assert _changed(hass, begun) == int(len(chain.loggers) * _SHARE) * 4
        seconds.append(loop.cpu)
        longest = max(longest, loop.hold)
    return median(seconds), longest


async def _ours(
    hass: HomeAssistant, base_url: str, chain: Chain, folder: Path
) -> tuple[float, float]:
    never_wait()
    entry = await add(hass, base_url)
    # From inside: one refresh alone is measured, without the clock that asks for it.
    # The first refresh after the start proves how to ask for what arrived; the next is a usual one.
    entry.runtime_data.requested.send()
    await settle(hass)
    return await _rounds(hass, chain, folder, entry.runtime_data.requested.send)


def _changed(hass: HomeAssistant, since: datetime) -> int:
    """Return how many channels have another value since a moment."""
    return sum(
        state.last_changed >= since and "unit_of_measurement" in state.attributes
        for state in hass.states.async_all("sensor")
    )


class _Coordinator(DataUpdateCoordinator[Mapping[Key, float]]):
    """Reads everything anew, as most integrations do."""

    def __init__(self, hass: HomeAssistant, base_url: str) -> None:
        super().__init__(hass, _LOGGER, name="plain", config_entry=None)
        self._base_url = base_url
        self._session: ClientSession = async_get_clientsession(hass)

    @override
    async def _async_update_data(self) -> Mapping[Key, float]:
        # The same three resources as ours reads.
        measured, _status, _alarms = [
            await self._read(path) for path in ("v2/measurements", "v4/devices/status", "v3/alarms")
        ]
        return {**(self.data or {}), **_latest(measured)}

    async def _read(self, path: str) -> list[Row]:
        address = f"{self._base_url}/{path}"
        async with self._session.post(address, json={}) as answer:
            job = (await answer.json())["request_uuid"]
        async with self._session.get(f"{address}/{job}") as answer:
            links = (await answer.json())["data_urls"]
        rows: list[Row] = []
        for link in links:
            async with self._session.get(link) as answer:
                packed = await answer.read()
            rows += await self.hass.async_add_executor_job(_rows, packed)
        return rows


def _rows(packed: bytes) -> list[Row]:
    return [*map(orjson.loads, gzip.decompress(packed).splitlines())]


def _latest(rows: list[Row]) -> dict[Key, float]:
    return {(row["sensor_uuid"], row["channel_no"]): row["measurement"] for row in rows}


class _Sensor(CoordinatorEntity[_Coordinator], SensorEntity):
    """One channel."""

    # What a sensor of an integration usually says of itself.
    _attr_has_entity_name = True
    _attr_device_class = SensorDeviceClass.TEMPERATURE
    _attr_native_unit_of_measurement = UnitOfTemperature.CELSIUS
    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_suggested_display_precision = 1

    def __init__(self, coordinator: _Coordinator, key: Key) -> None:
        super().__init__(coordinator)
        self._key = key
        self._attr_unique_id = f"{key[0]}_{key[1]}"
        self._attr_name = self._attr_unique_id

    @property
    @override
    def available(self) -> bool:
        return super().available and self._key in self.coordinator.data

    @property
    @override
    def native_value(self) -> float | None:
        return self.coordinator.data.get(self._key)


async def _plain(
    hass: HomeAssistant, base_url: str, chain: Chain, folder: Path
) -> tuple[float, float]:
    coordinator = _Coordinator(hass, base_url)
    await coordinator.async_refresh()
    component = EntityComponent[_Sensor](_LOGGER, "sensor", hass)
    await component.async_add_entities([_Sensor(coordinator, key) for key in chain.channels])
    await settle(hass)
    assert len(hass.states.async_all("sensor")) == len(chain.loggers) * 4

    def refresh() -> None:
        hass.async_create_task(coordinator.async_refresh())

    return await _rounds(hass, chain, folder, refresh)
