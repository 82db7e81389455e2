"""Where the cloud posts what happens: registered once, and removed by its id.

Facts: Sensorist reference, parts 4 and 10.
"""

from typing import Final

from ..errors import BadDataError
from ..fields import identifier
from .cached import CachedTransport
from .shapes import created, rows_in

_CALLBACK: Final = "callback"
_PATH: Final = "/callbacks"
_KEPT: Final = f"{_PATH}?"
_ALL_EVENTS: Final = "7"


async def register(transport: CachedTransport, url: str) -> str:
    """Let all events be posted to an address; return the id of that.

    One that is registered already stays. May raise a CloudError.
    """
    rows = rows_in(await transport.get(_PATH, {}, "reading", _CALLBACK))
    # What nobody can guess tells which are ours, also under an address of before.
    secret = url.rpartition("/")[2]
    ours = [it for it in rows if str(it.get("url")).endswith(f"/{secret}")]
    known = next((it for it in ours if it.get("url") == url and identifier(it, "id")), None)
    for it in ours:
        if it is not known:
            await unregister(transport, str(it.get("id")))
    if known is not None:
        return str(identifier(known, "id"))
    with transport.cache.unsure(_KEPT):
        form = {"url": url, "type": _ALL_EVENTS}
        answer = await transport.ask("POST", _PATH, "creating", _CALLBACK, form=form)
        row = created(answer, "callback")
        if row is None or (found := identifier(row, "id")) is None:
            raise BadDataError("creating", _CALLBACK, "the answer tells no id")
    transport.cache.change(_KEPT, "callbacks", add=row)
    return found


async def unregister(transport: CachedTransport, callback_id: str) -> None:
    """Let nothing be posted to the address any more; may raise a CloudError."""
    with transport.cache.unsure(_KEPT):
        await transport.delete(_PATH, callback_id, "deleting", _CALLBACK)
    transport.cache.change(_KEPT, "callbacks", drop=callback_id)
