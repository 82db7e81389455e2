"""A plain client of the Device Management cloud."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from tests.simulator import Fleet, ManagementSimulator


@dataclass
class Manager:
    """One that signs in, and speaks of one site unless told otherwise."""

    http: aiohttp.ClientSession
    cloud: ManagementSimulator
    site: str | None
    headers: dict[str, str] = field(default_factory=dict)

    async def answer(
        self, method: str, path: str, body: Any = None, *, site: str | None = ""
    ) -> tuple[int, Any]:
        """Return status and decoded answer."""
        site = self.site if site == "" else site
        async with self.http.request(
            method,
            self.cloud.base_url + path,
            params={} if site is None else {"site": site},
            data=None if body is None else orjson.dumps(body),
            headers=self.headers,
        ) as response:
            content = await response.read()
            is_json = response.content_type.endswith("json")
            return response.status, orjson.loads(content) if is_json else content

    async def sign_in(self, username: str | None = None) -> str:
        """Sign in with the good password, and use the token from now on."""
        cloud = self.cloud
        body = {"username": username or cloud.username, "password": cloud.password}
        status, told = await self.answer("POST", "/token", body, site=None)
        assert status == 200, told
        token: str = told["IdToken"]
        self.headers = {"Authorization": f"Bearer {token}"}
        return token

    async def told(self, path: str) -> Any:
        """Return the content of a good answer to a GET."""
        status, told = await self.answer("GET", path)
        assert status == 200, told
        return told

    async def put(self, path: str, body: Any) -> Any:
        """Change something; return the content of a good answer."""
        status, told = await self.answer("PUT", path, body)
        assert status == 200, told
        return told

    async def refused(self, path: str, *bodies: Any, method: str = "PUT") -> None:
        """Check that bodies are refused."""
        for body in bodies:
            status, told = await self.answer(method, path, body)
            assert (status, told["type"]) == (400, "BAD_REQUEST_BODY"), body


@asynccontextmanager
async def managing(fleet: Fleet) -> AsyncGenerator[Manager]:
    """Start a cloud over a fleet, and sign in for its first site."""
    cloud = ManagementSimulator(fleet)
    await cloud.start()
    try:
        async with aiohttp.ClientSession() as http:
            manager = Manager(http, cloud, fleet.sites[0].id)
            await manager.sign_in()
            yield manager
    finally:
        await cloud.stop()
