"""The paths of the Sensorist API, and what answers them (Sensorist parts 3 and 4)."""

from typing import TYPE_CHECKING, NamedTuple

from .sensorist_alarms import alarms, create_alarm, delete_alarm, history
from .sensorist_tree import gateways
from .sensorist_values import measurements
from .sensorist_writes import (
    add_gateway,
    add_user,
    callbacks,
    change_gateway,
    change_sensor,
    command,
    create_callback,
    delete_callback,
    wipe_alarms,
    wipe_callbacks,
    workflow,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .faults import Row
    from .sensorist_account import SensoristAccount
    from .sensorist_ask import Asked


class Path(NamedTuple):
    """A path below the prefix, what faults call it, and what makes its payload."""

    method: str
    url: str
    resource: str
    reply: Callable[[SensoristAccount, Asked], Row]


def _users(cloud: SensoristAccount, asked: Asked) -> Row:
    """Return the own account; nobody is below it."""
    unit = {"id": 4, "name": "°F"} if cloud.odd.fahrenheit else {"id": 1, "name": "°C"}
    id_ = cloud.user_id(asked.email)
    provider = {"id": 1, "name": "Sensorist", "image_phone": None}
    user: Row = {
        "id": id_,
        "email": asked.email,
        "fname": "Example",
        "lname": "User",
        "country": {"code": "DK"},
        "tz": {"tz": "Europe/Copenhagen"},
        "temp_unit": unit,
        "notification_channel": 15,
        "notification_type": 3,
        "accounts": [{"role": "admin", "account": {"id": id_ + 1, "provider": provider}}],
    }
    return {"users": [user]} if "list" in asked.given else {"user": user}


_ID = r"{id:\d+}"

READS = (
    Path("GET", "/users", "users", _users),
    Path("GET", "/gateways", "gateways", gateways),
    Path("GET", "/measurements", "measurements", measurements),
    Path("GET", "/alarms", "alarms", alarms),
    Path("GET", "/alarms/history", "history", history),
    Path("GET", "/callbacks", "callbacks", callbacks),
    Path("GET", f"/workflows/{_ID}", "workflows", workflow),
)
WRITES = (
    Path("POST", "/users", "users", add_user),
    Path("POST", "/gateways", "gateways", add_gateway),
    Path("POST", f"/gateways/{_ID}", "gateways", change_gateway),
    Path("POST", f"/gateways/{_ID}/commands", "commands", command),
    Path("POST", f"/sensors/{_ID}", "sensors", change_sensor),
    Path("POST", "/alarms", "alarms", create_alarm),
    Path("POST", "/callbacks", "callbacks", create_callback),
    Path("DELETE", f"/alarms/{_ID}", "alarms", delete_alarm),
    Path("DELETE", f"/callbacks/{_ID}", "callbacks", delete_callback),
    # An id that is empty makes one of these.
    Path("DELETE", "/alarms", "alarms", wipe_alarms),
    Path("DELETE", "/alarms/", "alarms", wipe_alarms),
    Path("DELETE", "/callbacks", "callbacks", wipe_callbacks),
    Path("DELETE", "/callbacks/", "callbacks", wipe_callbacks),
)
