"""Commands to gateways, and what becomes of them. Facts: Sensorist reference, parts 4 and 10."""

from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any, Final

from ..base import CommandEnd
from ..errors import CloudError, RefusedError
from ..fields import integer, text
from .cached import CachedTransport
from .shapes import created

_COMMANDS: Final = {"reboot": "reboot", "pairing": "pairing_start"}
_COMMAND: Final = "command"
_LONGEST: Final = timedelta(minutes=10)
_SHORTEST_PAUSE: Final = 10.0
_ENDS: Final = {
    **dict.fromkeys(("finished", "done", "success", "ok", "completed"), CommandEnd.DONE),
    **dict.fromkeys(("failed", "error", "failure"), CommandEnd.FAILED),
}


class Commands:
    """Tells gateways to do something."""

    def __init__(self, transport: CachedTransport) -> None:
        """Ask over a transport."""
        self._transport = transport

    async def give(self, gateway: str, name: str) -> Awaitable[CommandEnd]:
        """Give a command; return what follows it. May raise a CloudError."""
        number = gateway.removeprefix("gateway_")
        if not number.isdecimal():
            raise RefusedError("giving", _COMMAND, "that is no gateway")
        form = {"command": _COMMANDS[name]}
        path = f"/gateways/{number}/commands"
        answer = await self._transport.ask("POST", path, "giving", _COMMAND, form=form)
        return self._follow(answer)

    async def _follow(self, answer: Mapping[str, Any]) -> CommandEnd:
        workflow = created(answer, "workflow") or {}
        identity = integer(workflow, "id")
        # That of the command itself is about the command.
        pause, passed = _SHORTEST_PAUSE, 0.0
        while (end := _end(workflow)) is None:
            if identity is None or passed > _LONGEST.total_seconds():
                return CommandEnd.UNKNOWN
            await self._transport.sleep(pause)
            passed += pause
            try:
                answer = await self._transport.get(
                    f"/workflows/{identity}", {}, "following", _COMMAND
                )
            except CloudError as err:
                # A gateway that is told to start anew may take the answer with it.
                pause = max(_SHORTEST_PAUSE, err.retry_after or 0.0)
            else:
                pause = max(_SHORTEST_PAUSE, float(integer(answer, "max_age") or 0))
                workflow = created(answer, "workflow") or {}
        return end


def _end(workflow: Mapping[str, Any]) -> CommandEnd | None:
    """Return how it has ended; a result without a state is an end as well."""
    state = text(workflow, "state", "status")
    if state is None:
        return CommandEnd.DONE if workflow.get("result") is not None else None
    return _ENDS.get(state.casefold())
