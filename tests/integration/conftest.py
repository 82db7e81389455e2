"""A Home Assistant, a simulated cloud and one clock that drives both."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from functools import partial
import logging
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockUser
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.testo_smart_connect.account.store import ledger_path
from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.diagnostics import async_get_config_entry_diagnostics
from custom_components.testo_smart_connect.history.batch import Batch
from custom_components.testo_smart_connect.history.ledger import HourValues, Ledger
from custom_components.testo_smart_connect.monitoring.model import Reading
from tests.integration.forms import check_forms
from tests.integration.timers import fire_due
from tests.simulator import Fleet, Logger, ManualClock, RequestRecord, Simulator
from tests.simulator.host import CloudHost

START = datetime(2026, 7, 1, 9, 50, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class World[S: CloudHost = Simulator]:
    """What a test moves and looks at."""

    kind = "smart_connect"

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: S) -> None:
        """Tie the clocks together."""
        self.hass = hass
        self.simulator = simulator
        self.fleet = simulator.fleet
        self.faults = simulator.faults
        self._freezer = freezer
        assert isinstance(self.fleet.clock, ManualClock)
        self._clock = self.fleet.clock
        self.changes: list[tuple[str, State]] = []
        hass.bus.async_listen("state_changed", self._note)

    @property
    def now(self) -> datetime:
        """Return the time of the cloud and of Home Assistant."""
        return self._clock.now()

    @callback  # anything else would be called in a thread, in any order
    def _note(self, event: Any) -> None:
        state = event.data["new_state"]
        if state is not None:
            self.changes.append((state.entity_id, state))

    async def settle(self) -> None:
        """Wait until nothing is going on."""
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def to(self, moment: datetime, step: timedelta = MINUTE) -> None:
        """Let time pass until a moment, a step at a time."""
        while self.now < moment:
            self._clock.move_to(min(self.now + step, moment))
            self._freezer.move_to(self.now)
            fire_due(self.hass, self.now)
            await self.settle()

    async def pass_by(self, seconds: float) -> None:
        """Let time pass while somebody waits for an answer; who is due gets a turn."""
        self._clock.move_to(self.now + timedelta(seconds=seconds))
        self._freezer.move_to(self.now)
        for _ in range(5):
            await asyncio.sleep(0)

    async def advance(self, duration: timedelta, step: timedelta = MINUTE) -> None:
        """Let some time pass."""
        await self.to(self.now + duration, step)

    async def start_flow(self, kind: str | None = None) -> ConfigFlowResult:
        """Open the form that adds an account of a kind."""
        flows = self.hass.config_entries.flow
        menu = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
        return await flows.async_configure(menu["flow_id"], {"next_step_id": kind or self.kind})

    def typed(self, **changes: Any) -> dict[str, Any]:
        """Return what a user types to connect to the simulator."""
        assert isinstance(self.simulator, Simulator)
        return {
            "region": "eu",
            "api_key": self.simulator.api_key,
            "key_expires": "2027-06-30",
            "advanced": {"base_url": self.simulator.base_url},
            **changes,
        }

    async def submit(self, flow: ConfigFlowResult, typed: dict[str, Any]) -> ConfigFlowResult:
        """Submit a form and wait for what comes after the progress step."""
        result = await self.hass.config_entries.flow.async_configure(flow["flow_id"], typed)
        while result["type"] is FlowResultType.SHOW_PROGRESS:
            await self.settle()
            result = await self.hass.config_entries.flow.async_configure(flow["flow_id"])
        return result

    async def add_account(self, **changes: Any) -> ConfigEntry[Any]:
        """Add the account as a user does and wait for the first readings."""
        result = await self.submit(await self.start_flow(), self.typed(**changes))
        if result["type"] is FlowResultType.FORM:
            result = await self.submit(result, {"sites": list(self._sites(result))})
        assert result["type"] is FlowResultType.CREATE_ENTRY, result
        await self.settle()
        entry: ConfigEntry[Any] = result["result"]
        return entry

    @staticmethod
    def _sites(result: ConfigFlowResult) -> list[str]:
        schema = result["data_schema"]
        assert schema is not None
        (marker,) = schema.schema
        sites: list[str] = marker.default()
        return sites

    def entity_id(self, unique_id: str) -> str:
        """Return the entity with a unique id."""
        registry = er.async_get(self.hass)
        for platform in ("sensor", "binary_sensor", "event", "button", "number", "date"):
            entity_id = registry.async_get_entity_id(platform, DOMAIN, unique_id)
            if entity_id:
                return entity_id
        message = f"no entity {unique_id}"
        raise KeyError(message)

    def device_id(self, serial: str, entry: ConfigEntry[Any] | None = None) -> str:
        """Return the device of an instrument or probe, in one of several accounts."""
        registry = dr.async_get(self.hass)
        if entry is None:
            (entry,) = self.hass.config_entries.async_entries(DOMAIN)
        device = registry.async_get_device_by_identifier(
            (DOMAIN, serial), entry.entry_id
        ) or registry.async_get_child_device_by_identifier((DOMAIN, serial), entry.entry_id)
        assert device is not None, serial
        return device.id

    def state(self, unique_id: str) -> State:
        """Return the state of the entity with a unique id."""
        state = self.hass.states.get(self.entity_id(unique_id))
        assert state is not None, unique_id
        return state

    def value(self, unique_id: str) -> str:
        """Return the plain state of the entity with a unique id."""
        return self.state(unique_id).state

    def events(self, serial: str) -> list[dict[str, Any]]:
        """Return the facts of all alarm events of an instrument, in order."""
        entity_id = self.entity_id(f"{serial}_alarms")
        return [
            dict(state.attributes)
            for changed, state in self.changes
            if changed == entity_id and state.state not in {"unknown", "unavailable"}
        ]

    async def diagnostics(self, entry: ConfigEntry[Any]) -> dict[str, Any]:
        """Return what diagnostics tell of an account."""
        return await async_get_config_entry_diagnostics(self.hass, entry)

    async def asking_by_arrival(self, entry: ConfigEntry[Any]) -> str:
        """Return whether it works to ask for readings by their arrival."""
        state: str = (await self.diagnostics(entry))["history"]["arrival"].get("state", "untried")
        return state

    async def measured_at(self, entry: ConfigEntry[Any], logger: Logger) -> datetime:
        """Return when what is shown of the first channel of a logger was measured."""
        instruments = (await self.diagnostics(entry))["instruments"]
        # They are told without serials, in the order of them.
        radio = [sensor for gateway in self.fleet.gateways for sensor in gateway.sensors]
        serials = sorted([*(it.serial for it in self.fleet.devices), *(it.serial for it in radio)])
        told = instruments[f"device_{serials.index(logger.serial) + 1}"]
        return datetime.fromisoformat(told["channels"][0]["measured"])

    async def imports(self, entry: ConfigEntry[Any]) -> int:
        """Return how many imports are not done."""
        count: int = (await self.diagnostics(entry))["history"]["imports"]
        return count

    async def unwritten(
        self, before: datetime, entry: ConfigEntry[Any] | None = None
    ) -> HourValues:
        """Return the hours before a moment that wait for the recorder, from their file."""
        path = ledger_path(self.hass, str(entry.unique_id) if entry else self.fleet.tenant_uuid)

        def read() -> HourValues:
            with closing(Ledger(path)) as ledger:
                return ledger.pending(before, 100_000)

        return await self.hass.async_add_executor_job(read)

    async def keep(self, readings: Collection[Reading]) -> None:
        """Add readings to the file of an account that is not loaded."""
        path = ledger_path(self.hass, self.fleet.tenant_uuid)

        def write() -> None:
            with closing(Ledger(path)) as ledger:
                ledger.add([Batch.of(readings)])

        await self.hass.async_add_executor_job(write)

    def requests(self, method: str | None = None, path: str = "") -> list[RequestRecord]:
        """Return the requests to the interface, not to files."""
        return [
            record
            for record in self.simulator.requests
            if record.host == "api"
            and (method is None or record.method == method)
            and path in record.path
        ]


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Give each Home Assistant a folder of its own for what is kept on disk."""
    return str(tmp_path)


@pytest.fixture(autouse=True)
def forms_say_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test in which a form is shown that lacks a text, or leaves something open."""
    check_forms(monkeypatch)


@pytest.fixture
def entity_registry_enabled_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch on what is off until a user wants it."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


@pytest.fixture
def begin() -> datetime:
    """Return when the world begins."""
    return START


@pytest.fixture
def fleet(begin: datetime) -> Fleet:
    """Return an empty fleet at the start of the test's time."""
    made = Fleet(ManualClock(begin), seed=7)
    made.lag = timedelta()
    return made


@asynccontextmanager
async def running[W: World[Any]](made: W, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[W]:
    """Run a cloud beside Home Assistant, in which pauses take no time."""

    async def no_time(_seconds: float) -> None:
        await asyncio.sleep(0)

    for module in ("kinds.base", "flows.checking"):
        monkeypatch.setattr(f"custom_components.testo_smart_connect.{module}.sleep", no_time)
    simulator = made.simulator
    await simulator.start()
    simulator.pause = made.pass_by
    yield made
    for entry in made.hass.config_entries.async_entries(DOMAIN):
        await made.hass.config_entries.async_unload(entry.entry_id)
    await simulator.stop()


@pytest.fixture
async def world(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    fleet: Fleet,
    socket_enabled: None,  # noqa: ARG001 - it allows sockets
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[World]:
    """Return a running cloud beside Home Assistant; jobs take no time."""
    freezer.move_to(fleet.clock.now())
    simulator = Simulator(fleet)
    simulator.faults.run_time = 0
    async with running(World(hass, freezer, simulator), monkeypatch) as made:
        yield made


@pytest.fixture
async def second(world: World, fleet: Fleet) -> AsyncIterator[Simulator]:
    """Return another customer's cloud, with a logger of the same name."""
    assert isinstance(fleet.clock, ManualClock)
    other = Fleet(fleet.clock, seed=8)
    other.lag = timedelta()
    other.customer = "Beispiel Labor AG"
    other.add_logger(other.add_site("Labor Zürich"), "Kühlschrank", serial="80000001")
    simulator = Simulator(other, keys=["second key"])
    simulator.faults.run_time = 0
    await simulator.start()
    assert world
    yield simulator
    await simulator.stop()


@pytest.fixture
def not_recorded() -> dict[str, Any] | None:
    """Return what the recorder leaves out."""
    return None


@pytest.fixture
def recorder_config(
    freezer: FrozenDateTimeFactory, begin: datetime, not_recorded: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Let the recorder begin at the time at which the test begins."""
    freezer.move_to(begin)
    return not_recorded


type Download = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def diagnose(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_admin_user: MockUser,
    monkeypatch: pytest.MonkeyPatch,
) -> Download:
    """Return a function that downloads diagnostics of an account or device as a user does."""

    async def download(
        entry: ConfigEntry[Any], device: DeviceEntry | None = None
    ) -> dict[str, Any]:
        # A token lives for half an hour of the test's time.
        login = await hass.auth.async_create_refresh_token(hass_admin_user, CLIENT_ID)
        signed_in = partial(hass_client, hass.auth.async_create_access_token(login))
        # The log of the server cannot cope with a clock that stands still.
        monkeypatch.setattr(logging.getLogger("aiohttp.access"), "disabled", True)
        found: Any = (
            await get_diagnostics_for_device(hass, signed_in, entry, device)
            if device
            else await get_diagnostics_for_config_entry(hass, signed_in, entry)
        )
        assert isinstance(found, dict)
        return found

    return download


@pytest.fixture
def mend(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_admin_user: MockUser,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Awaitable[tuple[dict[str, Any], dict[str, Any]]]]:
    """Return how a person opens an issue and goes on: what is shown first, and then."""

    async def mend(
        issue_id: str, meanwhile: Callable[[], Awaitable[object]] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        assert await async_setup_component(hass, "repairs", {})
        # A token lives for half an hour of the test's time.
        login = await hass.auth.async_create_refresh_token(hass_admin_user, CLIENT_ID)
        client = await hass_client(hass.auth.async_create_access_token(login))
        monkeypatch.setattr(logging.getLogger("aiohttp.access"), "disabled", True)
        address = "/api/repairs/issues/fix"
        answer = await client.post(address, json={"handler": DOMAIN, "issue_id": issue_id})
        shown = await answer.json()
        if meanwhile is not None:
            await meanwhile()
        answer = await client.post(f"{address}/{shown['flow_id']}", json={})
        return shown, await answer.json()

    return mend
