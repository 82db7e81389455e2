"""What the Sensorist API changes, and the workflows that follow from it (part 4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from .sensorist_ask import RefusedError
from .sensorist_tree import gateway_row, lost_since, sensor_row
from .spans import Grid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .devices import Gateway, Logger
    from .faults import Row
    from .sensorist_account import SensoristAccount
    from .sensorist_ask import Asked
    from .sensorist_odd import WorkflowEnd

_COMMANDS = {"reboot", "pairing_start"}
_OTHER_WORDS = {"running": "pending", "finished": "success", "failed": "error"}
_RESULTS = {"running": None, "finished": "ok", "failed": "gateway offline"}
_ALL = 7


class Write(NamedTuple):
    """A change that was asked for by somebody who may come in; `at` on the fleet's clock."""

    at: datetime
    method: str
    path: str
    fields: Mapping[str, str]


class Wipe(NamedTuple):
    """A DELETE without an id: it took everything."""

    at: datetime
    path: str
    ids: tuple[int, ...]


@dataclass(slots=True)
class Callback:
    """Where the service posts to when something happens."""

    id: int
    url: str
    type: int

    @property
    def row(self) -> Row:
        """The callback as it is told."""
        return {"id": self.id, "url": self.url, "type": self.type}


@dataclass(slots=True)
class Workflow:
    """What a command has begun."""

    id: int
    command: str
    end: WorkflowEnd
    polls: int = 0


# --- Gateways and sensors -------------------------------------------------------------------------


def _gateway(cloud: SensoristAccount, asked: Asked) -> Logger | Gateway:
    gateway = cloud.tree.gateway(asked.id, cloud.odd)
    if gateway is None:
        raise RefusedError(404)
    return gateway


def add_gateway(cloud: SensoristAccount, asked: Asked) -> Row:
    """Add a gateway without sensors; a serial that is taken is refused."""
    serial, fleet = asked.text("serial"), cloud.fleet
    site = fleet.sites[0] if fleet.sites else fleet.add_site("Home")
    name = asked.given.get("name") or f"Gateway {serial}"
    try:
        gateway = fleet.add_gateway(site, name, serial=serial, since=asked.now)
    except ValueError:
        raise RefusedError(400) from None
    return {"gateway": gateway_row(cloud, gateway, asked.now)}


def change_gateway(cloud: SensoristAccount, asked: Asked) -> Row:
    """Rename a gateway."""
    gateway = _gateway(cloud, asked)
    cloud.fleet.rename(gateway.serial, asked.text("name"))
    return {"gateway": gateway_row(cloud, gateway, asked.now)}


def change_sensor(cloud: SensoristAccount, asked: Asked) -> Row:
    """Rename a sensor, or give it another interval if the account may do that.

    What it measured before is then told in the new interval as well: the world has no memory.
    """
    sensor = cloud.tree.sensor(asked.id, cloud.odd)
    if sensor is None:
        raise RefusedError(404)
    if not {"name", "interval"} & set(asked.given):
        raise RefusedError(400)
    seconds = asked.whole("interval", 0)
    if "interval" in asked.given:
        if not cloud.odd.may_set_interval:
            raise RefusedError(403)
        if seconds <= 0:
            raise RefusedError(400)
        sensor.grid = Grid(timedelta(seconds=seconds), sensor.grid.phase)
    if "name" in asked.given:
        cloud.fleet.rename(sensor.serial, asked.text("name"))
    told = {"sensor": sensor_row(cloud, sensor, asked.now)}
    return told | (_begin(cloud, "interval", cloud.odd.workflow_end) if seconds else {})


# --- Commands and workflows -----------------------------------------------------------------------


def command(cloud: SensoristAccount, asked: Asked) -> Row:
    """Begin a reboot or a pairing; nothing can reach a gateway that is lost."""
    gateway, name = _gateway(cloud, asked), asked.text("command")
    if name not in _COMMANDS:
        raise RefusedError(400)
    lost = lost_since(cloud.fleet, gateway, asked.now) is not None
    return _begin(cloud, name, "failed" if lost else cloud.odd.workflow_end)


def _begin(cloud: SensoristAccount, name: str, end: WorkflowEnd) -> Row:
    begun = Workflow(6001 + len(cloud.workflows), name, end)
    cloud.workflows[begun.id] = begun
    return _told(cloud, begun, "running")


def workflow(cloud: SensoristAccount, asked: Asked) -> Row:
    """Return what has become of a command; each poll that is answered anew counts."""
    found = cloud.workflows.get(asked.id)
    if found is None:
        raise RefusedError(404)
    found.polls += 1
    ended = found.end != "never" and found.polls > cloud.odd.workflow_polls
    return _told(cloud, found, found.end if ended else "running")


def _told(cloud: SensoristAccount, told: Workflow, state: str) -> Row:
    row: Row = {"id": told.id, "state": state, "result": _RESULTS[state]}
    form = cloud.odd.workflow_form
    if form in {"status", "other words"}:
        del row["state"]
        row["status"] = state if form == "status" else _OTHER_WORDS[state]
    elif form == "result alone":
        del row["state"]
    return {"workflow": row}


# --- Callbacks ------------------------------------------------------------------------------------


def callbacks(cloud: SensoristAccount, _asked: Asked) -> Row:
    """Return all callbacks."""
    rows: list[Any] = [it.row for it in tuple(cloud.callbacks.values())]
    if cloud.odd.broken_rows:
        rows[:0] = ["torn", {"id": 1}, {"url": "https://example.com/without-an-id"}]
    return {cloud.odd.callbacks_key: rows}


def create_callback(cloud: SensoristAccount, asked: Asked) -> Row:
    """Register a callback, a second one for the same URL as well."""
    url, kinds = asked.text("url"), asked.whole("type")
    if not url.startswith(("http://", "https://")) or not 1 <= kinds <= _ALL:
        raise RefusedError(400)
    made = Callback(next(cloud.callback_ids), url, kinds)
    cloud.callbacks[made.id] = made
    return {"callback": made.row}


def delete_callback(cloud: SensoristAccount, asked: Asked) -> Row:
    """Delete one callback."""
    if cloud.callbacks.pop(asked.id, None) is None:
        raise RefusedError(404)
    return {}


# --- What nobody should do ------------------------------------------------------------------------


def wipe_alarms(cloud: SensoristAccount, asked: Asked) -> Row:
    """Delete all alarms."""
    ids = tuple(cloud.limits)
    cloud.alarms.remove(ids, asked.now)
    cloud.wiped.append(Wipe(asked.now, "/alarms", ids))
    return {}


def wipe_callbacks(cloud: SensoristAccount, asked: Asked) -> Row:
    """Delete all callbacks."""
    cloud.wiped.append(Wipe(asked.now, "/callbacks", tuple(cloud.callbacks)))
    cloud.callbacks.clear()
    return {}


def add_user(_cloud: SensoristAccount, _asked: Asked) -> Row:
    """Refuse: nobody makes accounts by this program."""
    raise RefusedError(403)
