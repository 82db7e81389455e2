# ruff: noqa: EM102, TRY003 - a DemoError is made for its text
"""Processes that live as long as the demonstration."""

import asyncio
from collections.abc import Callable
import contextlib
import os
from pathlib import Path
import signal
import socket
from typing import NoReturn, Self

from .errors import DemoError

_PATIENCE = 20.0
"""Seconds a process may take to end by itself; Home Assistant writes its state first."""


class Child:
    """A process, what it prints goes to a file."""

    def __init__(self, name: str, log: Path, process: asyncio.subprocess.Process) -> None:
        """Look after a process that runs."""
        self.name = name
        self.log = log
        self._process = process

    @classmethod
    async def start(cls, name: str, log: Path, *command: str, folder: Path) -> Self:
        """Start a command in a folder.

        It gets a session of its own: Ctrl-C reaches the demonstration alone, which then stops its
        parts in order.
        """
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        return cls(name, log, process)

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    @property
    def printed(self) -> str:
        """Return what was printed until now."""
        return self.log.read_text(errors="replace")

    async def ended(self) -> int:
        """Wait until the process ends; return its exit code."""
        return await self._process.wait()

    async def fail_when_ended(self) -> NoReturn:
        """Raise an error once the process ends."""
        raise self._end(await self.ended())

    def check(self) -> None:
        """Raise an error if the process has ended."""
        if self._process.returncode is not None:
            raise self._end(self._process.returncode)

    async def kill(self) -> None:
        """End the process as a power failure does."""
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """End the process politely, then firmly."""
        if self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    def _end(self, code: int) -> DemoError:
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        lines = [line.strip() for line in self.printed.splitlines() if line.strip()]
        last = f": {lines[-1]}" if code > 0 and lines else ""
        return DemoError(f"{self.name} ended unexpectedly ({how}){last}")


async def until[T](what: str, look: Callable[[], T | None], *, seconds: float) -> T:
    """Look again and again until there is something to see.

    Raises:
        DemoError: it did not come in time; the text says what.
    """
    try:
        async with asyncio.timeout(seconds):
            while (seen := look()) is None:  # noqa: ASYNC110 - nobody sends an event
                await asyncio.sleep(0.1)
            return seen
    except TimeoutError:
        raise DemoError(f"{what} did not come within {seconds:.0f} s") from None


def usable_port(wanted: int) -> int:
    """Return a port of this machine that is free; 0 takes any.

    Home Assistant goes on without its web server if the port is taken, so this looks beforehand.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            raise DemoError(
                f"port {wanted} of 127.0.0.1 cannot be used ({error.strerror}); "
                "choose another with --port"
            ) from None
        port: int = probe.getsockname()[1]
        return port
