"""An account of Smart Connect, and Device Management over the same fleet."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER, ConfigEntry
from homeassistant.core import Context, HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.flows.checking import WAITING
from tests.integration.conftest import World, running
from tests.simulator import Fleet, Gateway, Kind, Logger, ManagementSimulator, Simulator, Site
from tests.simulator.host import CloudHost
from tests.simulator.management_targets import ManagementWrite

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def _is_idle(task: asyncio.Future[Any]) -> bool:
    """Tell whether nobody needs to wait for a task: it waits itself, or has to end."""
    if not isinstance(task, asyncio.Task):
        return False
    return task.get_name() == WAITING or task is asyncio.current_task() or task.cancelling() > 0


class SettingsWorld[S: CloudHost = Simulator](World[S]):
    """The world of an account with a second login."""

    management: ManagementSimulator
    entry: ConfigEntry[Any]

    def login(self, **changes: Any) -> dict[str, Any]:
        """Return what a user types into the form of the login."""
        return {
            "username": self.management.username,
            "password": self.management.password,
            "site": self.fleet.sites[0].id,
            "write": True,
            "advanced": {"environment": "p", "base_url": self.management.base_url},
            **changes,
        }

    async def begin(self, kind: str = "settings", **context: Any) -> dict[str, Any]:
        """Open a form of a subentry."""
        flows = self.hass.config_entries.subentries
        said: Any = {"source": SOURCE_USER, **context}
        return dict(await flows.async_init((self.entry.entry_id, kind), context=said))

    async def reconfigure(self) -> dict[str, Any]:
        """Open the form that changes the only login."""
        (subentry_id,) = self.entry.subentries
        return await self.begin(source=SOURCE_RECONFIGURE, subentry_id=subentry_id)

    async def go(
        self, flow: Mapping[str, Any], typed: Mapping[str, Any] | str | None = None
    ) -> dict[str, Any]:
        """Submit a form or choose from a menu, and wait for what comes after a progress step."""
        flows = self.hass.config_entries.subentries
        said: Any = {"next_step_id": typed} if isinstance(typed, str) else typed
        result = await flows.async_configure(flow["flow_id"], said)
        while (
            result["type"] is FlowResultType.SHOW_PROGRESS and result["progress_action"] != "wait"
        ):
            await self.settle()
            result = await flows.async_configure(flow["flow_id"])
        await self.settle()
        return dict(result)

    async def add_login(self, **changes: Any) -> str:
        """Add the account and its second login; return the id of that."""
        self.entry = await self.add_account()
        result = await self.go(await self.begin(), self.login(**changes))
        assert result["type"] is FlowResultType.CREATE_ENTRY, result
        (subentry_id,) = self.entry.subentries
        return subentry_id

    async def set_cycle(
        self, device: Logger | Gateway, minutes: float, cycle: str = "measuring_cycle"
    ) -> None:
        """Enter a cycle and wait for what comes of it."""
        await self.enter(device, minutes, cycle)
        await self.settle()

    async def enter(
        self,
        device: Logger | Gateway,
        minutes: float,
        cycle: str = "measuring_cycle",
        context: Context | None = None,
    ) -> None:
        """Enter a cycle as a user does."""
        await self.hass.services.async_call(
            "number",
            "set_value",
            {"entity_id": self.entity_id(f"{device.serial}_{cycle}"), "value": minutes},
            blocking=True,
            context=context,
        )

    # --- A new logger -------------------------------------------------------------------------

    async def hotspot(self, site: str | None = None) -> dict[str, Any]:
        """Set up a new logger up to the form that shows the connect key."""
        flow = await self.begin("onboard")
        assert flow["step_id"] == "site", flow
        return await self.go(flow, {"site": site or self.fleet.sites[0].id})

    async def wait(self, site: str | None = None) -> dict[str, Any]:
        """Set up a new logger up to where it is waited for."""
        flow = await self.go(await self.hotspot(site), {})
        assert (flow["type"], flow["progress_action"]) == (FlowResultType.SHOW_PROGRESS, "wait")
        return flow

    async def arrive(self, flow: Mapping[str, Any], name: str = "Neuer", **how: Any) -> Logger:
        """Let a new logger join the site, and look at what a dialog says."""
        logger = self.join(name, **how)
        await self.advance(4 * MINUTE)
        flow = await self.go(flow)
        assert (flow["step_id"], flow["description_placeholders"]["serial"]) == (
            "arrived",
            logger.serial,
        )
        return logger

    def join(
        self, name: str = "Neuer", site: Site | None = None, kind: Kind = Kind.CLIMATE
    ) -> Logger:
        """Let a logger join a site."""
        site = site or self.fleet.sites[0]
        return self.fleet.add_logger(site, name, kind=kind, since=self.now)

    def notices(self) -> list[str]:
        """Return what notifications say of new loggers."""
        told = self.hass.data.get("persistent_notification", {})
        return [it["message"] for it in told.values()]

    def abort(self, flow: Mapping[str, Any]) -> None:
        """Close a dialog."""
        self.hass.config_entries.subentries.async_abort(flow["flow_id"])

    @override
    async def settle(self) -> None:
        """Wait until nothing is going on but dialogs that wait for a logger."""

        def going_on() -> list[asyncio.Future[Any]]:
            tasks = self.hass._tasks | self.hass._background_tasks  # noqa: SLF001  it cannot leave any out
            return [it for it in tasks if not _is_idle(it)]

        await self.hass.async_block_till_done()
        while tasks := going_on():
            await asyncio.wait(tasks)
            await self.hass.async_block_till_done()
        # A dialog may have something to show.
        for _ in range(10):
            await asyncio.sleep(0)
        await self.hass.async_block_till_done()

    def issue(self, name: str) -> ir.IssueEntry | None:
        """Return an issue about the only login."""
        (subentry_id,) = self.entry.subentries
        issue_id = f"{name}_{self.fleet.tenant_uuid}_{subentry_id}"
        return ir.async_get(self.hass).async_get_issue(DOMAIN, issue_id)

    def puts(self) -> list[ManagementWrite]:
        """Return what was changed of devices."""
        return [it for it in self.management.writes if it.path.startswith("/devices")]

    def asked(self, method: str | None = None, path: str = "") -> int:
        """Return how many requests came to Device Management."""
        return sum(
            it.host == "api" and path in it.path and method in {None, it.method}
            for it in self.management.requests
        )

    @override
    async def add_account(self, **changes: Any) -> ConfigEntry[Any]:
        """Add the account."""
        self.entry = await super().add_account(**changes)
        return self.entry


def suggested(flow: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form suggests."""
    fields = (it for it in flow["data_schema"].schema if it.description)
    return {str(it): it.description["suggested_value"] for it in fields}


def cycles(measuring: float, communication: float) -> dict[str, float]:
    """Return what a user types into the form for cycles."""
    return {"measuring_cycle": measuring, "communication_cycle": communication}


@pytest.fixture
def switched_on() -> bool:
    """Tell whether the user has switched on what is off by default."""
    return True


@asynccontextmanager
async def beside[W: SettingsWorld[Any]](
    made: W, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[W]:
    """Run both clouds."""
    async with running(made, monkeypatch):
        made.management = ManagementSimulator(made.fleet)
        await made.management.start()
        made.management.pause = made.pass_by
        yield made
        for entry in made.hass.config_entries.async_entries(DOMAIN):
            await made.hass.config_entries.async_unload(entry.entry_id)
        await made.management.stop()


@pytest.fixture
async def world(  # noqa: PLR0913, PLR0917  fixtures
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    fleet: Fleet,
    socket_enabled: None,  # noqa: ARG001  it allows sockets
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    *,
    switched_on: bool,
) -> AsyncIterator[SettingsWorld]:
    """Return both clouds beside Home Assistant."""
    if switched_on:
        request.getfixturevalue("entity_registry_enabled_by_default")
    freezer.move_to(fleet.clock.now())
    simulator = Simulator(fleet)
    simulator.faults.run_time = 0
    async with beside(SettingsWorld(hass, freezer, simulator), monkeypatch) as made:
        yield made


@pytest.fixture
def site(fleet: Fleet) -> Site:
    """Return a pharmacy."""
    return fleet.add_site("Apotheke Köln")


@pytest.fixture
def fridge(fleet: Fleet, site: Site) -> Logger:
    """Return a logger of temperature and humidity."""
    return fleet.add_logger(site, "Kühlschrank", kind=Kind.CLIMATE)
