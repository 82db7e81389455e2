"""A plain client of the Sensorist cloud."""

import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
import orjson

from tests.simulator import SENSORIST_PATH, Fleet, SensoristSimulator


def basic(email: str, password: str) -> str:
    """Return the header of a login."""
    return "Basic " + base64.b64encode(f"{email}:{password}".encode()).decode()


class Caller(NamedTuple):
    """One with an account."""

    http: aiohttp.ClientSession
    cloud: SensoristSimulator

    async def answer(
        self,
        method: str,
        path: str,
        *,
        login: tuple[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **body: Any,
    ) -> tuple[int, dict[str, str], Any]:
        """Return status, headers and decoded answer."""
        auth = basic(*(login or (self.cloud.email, self.cloud.password)))
        headers = {"Authorization": auth, **(headers or {})}
        url = self.cloud.base_url + SENSORIST_PATH + path
        async with self.http.request(method, url, headers=headers, **body) as response:
            content = await response.read()
            is_json = response.content_type.endswith("json")
            told = orjson.loads(content) if is_json else content
            return response.status, dict(response.headers), told

    async def call(self, path: str, **settings: Any) -> tuple[int, Any]:
        """Read; return status and decoded answer."""
        status, _, told = await self.answer("GET", path, **settings)
        return status, told

    async def told(self, path: str) -> Any:
        """Return the payload of a good answer, and check its envelope."""
        status, headers, told = await self.answer("GET", path)
        assert status == 200, told
        code, max_age, time = (told.pop(name) for name in ("code", "max_age", "time"))
        assert (code, 0 < time < 1) == (200, True)
        assert headers["Cache-Control"] == f"max-age={max_age}, private"
        return told

    async def write(self, method: str, path: str, **fields: Any) -> tuple[int, Any]:
        """Change something with form fields; return status and decoded answer."""
        status, _, told = await self.answer(method, path, data=fields or None)
        return status, told

    async def written(self, path: str, **fields: Any) -> Any:
        """Return the payload of a good answer to a POST."""
        status, told = await self.write("POST", path, **fields)
        assert status == 200, told
        return {name: it for name, it in told.items() if name not in {"code", "max_age", "time"}}

    async def gateways(self, query: str = "") -> list[Any]:
        """Return the tree."""
        rows: list[Any] = (await self.told(f"/gateways{query}"))["gateways"]
        return rows


@asynccontextmanager
async def calling(fleet: Fleet) -> AsyncGenerator[Caller]:
    """Start a cloud over a fleet, in which the max-age has no effect on what is answered."""
    cloud = SensoristSimulator(fleet)
    cloud.odd.early = "fresh"
    await cloud.start()
    async with aiohttp.ClientSession() as http:
        yield Caller(http, cloud)
    await cloud.stop()
