# ruff: noqa: EM102, TRY003 - a DemoError is made for its text
"""A real Home Assistant, driven as its own web pages drive it."""

import asyncio
from itertools import count
from pathlib import Path
import sys
from typing import Any, NoReturn, Self

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse

from .child import Child
from .cloud import ROOT
from .config import prepare
from .errors import DemoError

USER = PASSWORD = "demo"
_START = 120.0
"""Seconds a start may take on a slow machine."""
_RESTART = 100
"""The exit code with which Home Assistant asks to be started again."""


class Home:
    """Home Assistant as a child process, and a signed-in session with it."""

    def __init__(self, folder: Path, port: int, http: ClientSession) -> None:
        """Know where it will run; nothing is started yet."""
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self._client = f"{self.url}/"
        self._http = http
        self._child: Child | None = None
        self._socket: ClientWebSocketResponse | None = None
        self._numbers = count(1)
        self._token = ""

    @classmethod
    async def start(cls, folder: Path, port: int, http: ClientSession) -> Self:
        """Start Home Assistant with a folder and sign in once it runs."""
        prepare(folder, port)
        home = cls(folder, port, http)
        home._child = await home._launch()
        try:
            await home._until_it_answers()
            await home._sign_in()
            await home._until_it_runs()
        except ClientError:
            # A connection breaks a moment before its process is seen to have ended.
            await asyncio.sleep(0.5)
            home.check()
            await home.stop()
            raise
        except BaseException:
            await home.stop()
            raise
        return home

    @property
    def log(self) -> Path:
        """Return Home Assistant's own log: warnings and worse."""
        return self.folder / "home-assistant.log"

    def check(self) -> None:
        """Raise an error if the process has ended."""
        self._running().check()

    async def fail_when_ended(self) -> NoReturn:
        """Raise an error once Home Assistant ends for good; start it again if it asks for it."""
        while await self._running().ended() == _RESTART:
            self._child = await self._launch()
        await self._running().fail_when_ended()

    async def kill(self) -> None:
        """End Home Assistant as a power failure does."""
        await self._running().kill()
        await self.stop()

    async def stop(self) -> None:
        """End the session and the process."""
        if self._socket is not None:
            await self._socket.close()
        if self._child is not None:
            await self._child.stop()

    async def call(self, command: str, **arguments: Any) -> Any:
        """Send a WebSocket command and return its result."""
        if self._socket is None or self._socket.closed:
            self._socket = await self._open_socket()
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "type": command, **arguments})
        while True:
            answer = await self._socket.receive_json(timeout=60)
            if answer.get("id") != number or answer["type"] != "result":
                continue
            if not answer["success"]:
                raise DemoError(f"Home Assistant refused {command}: {answer['error']['message']}")
            return answer["result"]

    async def get(self, path: str) -> Any:
        """Return what a REST address answers."""
        return await self._request("GET", path)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """Send JSON to a REST address and return the answer."""
        return await self._request("POST", path, json=body)

    async def download(self, link: str) -> bytes:
        """Return what a link leads to that needs no session."""
        async with self._http.get(f"{self.url}{link}") as response:
            if response.status != 200:
                raise DemoError(f"Home Assistant answered {response.status} to a link")
            return await response.read()

    # --- Starting -----------------------------------------------------------------------------

    def _running(self) -> Child:
        if self._child is None:
            raise DemoError("Home Assistant was not started")
        return self._child

    async def _launch(self) -> Child:
        return await Child.start(
            "Home Assistant",
            self.folder / "console.log",
            # Everything it needs is in requirements_test.txt; it shall not install by itself.
            *(sys.executable, "-m", "tests.demo.launch"),
            *("--config", str(self.folder), "--skip-pip"),
            folder=ROOT,
        )

    async def _until_it_answers(self) -> None:
        try:
            async with asyncio.timeout(_START):
                while not await self._answers():
                    self.check()
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise DemoError(
                f"Home Assistant did not answer within {_START:.0f} s (log: {self.log})"
            ) from None

    async def _answers(self) -> bool:
        try:
            async with self._http.get(f"{self.url}/auth/providers") as response:
                # 404 while the server is up before its views are, 400 before there is a user.
                return response.status in {200, 400}
        except ClientError:
            return False

    async def _until_it_runs(self) -> None:
        try:
            async with asyncio.timeout(_START):
                while (await self.get("/api/config"))["state"] != "RUNNING":
                    self.check()
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise DemoError(f"Home Assistant did not finish its start (log: {self.log})") from None

    async def _sign_in(self) -> None:
        if not await self._has_user():
            await self._make_user()
        flow = await self.post(
            "/auth/login_flow",
            {
                "client_id": self._client,
                "redirect_uri": self._client,
                "handler": ["homeassistant", None],
            },
        )
        signed = await self.post(
            f"/auth/login_flow/{flow['flow_id']}",
            {"client_id": self._client, "username": USER, "password": PASSWORD},
        )
        if signed["type"] != "create_entry":
            raise DemoError(f"Home Assistant in {self.folder} has no user {USER}/{PASSWORD}")
        await self._take_token(signed["result"])

    async def _has_user(self) -> bool:
        async with self._http.get(f"{self.url}/api/onboarding") as response:
            # The address is gone once everything is done.
            return response.status == 404 or all(step["done"] for step in await response.json())

    async def _make_user(self) -> None:
        made = await self.post(
            "/api/onboarding/users",
            {
                "name": "Demo",
                "username": USER,
                "password": PASSWORD,
                "client_id": self._client,
                "language": "en",
            },
        )
        await self._take_token(made["auth_code"])
        # A living room, a kitchen and a bedroom are made along with the first user.
        for area in await self.call("config/area_registry/list"):
            await self.call("config/area_registry/delete", area_id=area["area_id"])

    async def _take_token(self, code: str) -> None:
        granted = await self._request(
            "POST",
            "/auth/token",
            data={"grant_type": "authorization_code", "code": code, "client_id": self._client},
        )
        self._token = granted["access_token"]

    async def _open_socket(self) -> ClientWebSocketResponse:
        address = f"{self.url}/api/websocket"
        socket = await self._http.ws_connect(address, max_msg_size=0)
        await socket.receive_json(timeout=10)
        await socket.send_json({"type": "auth", "access_token": self._token})
        answer = await socket.receive_json(timeout=10)
        if answer["type"] != "auth_ok":
            raise DemoError("Home Assistant did not accept the session")
        return socket

    async def _request(self, method: str, path: str, **content: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with self._http.request(
            method, f"{self.url}{path}", headers=headers, **content
        ) as response:
            if response.status >= 400:
                reason = (await response.text()).replace("\n", " ")[:200]
                raise DemoError(f"Home Assistant answered {response.status} to {path}: {reason}")
            return await response.json()
