"""Whatever becomes of the second login, the account goes on: alarms and readings as without it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, override

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import START
from tests.integration.fault_table import Affected
from tests.simulator import Faults, Fleet, Kind, Logger, Site, band
from tests.simulator.channels import Channel

from .conftest import HOUR, MINUTE, SettingsWorld

STEP = 5 * MINUTE
BEGIN = START + 45 * MINUTE
LASTING = 4 * HOUR
LIMITS = band("Temperature", alarm=(2.0, 8.0))


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that befalls the second login."""

    name: str
    begin: Callable[[SettingsWorld], None]
    shown: bool = False
    """Settings are shown all the time."""
    asks: str | None = None
    """Which repair there is then."""
    heals: bool = True
    """It goes on by itself afterwards."""

    @override
    def __str__(self) -> str:
        """Return the name of the test."""
        return self.name


def switch(**switches: Any) -> Callable[[SettingsWorld], None]:
    """Return what switches faults of its cloud on."""
    return lambda world: world.management.faults.set(switches)


def odd(**switches: Any) -> Callable[[SettingsWorld], None]:
    """Return what makes its answers odd."""

    def begin(world: SettingsWorld) -> None:
        for name, value in switches.items():
            setattr(world.management.odd, name, value)

    return begin


def another_password(world: SettingsWorld) -> None:
    """Change the password, as its owner may do."""
    world.management.users[world.management.username] = "another one"
    world.management.revoke_tokens()


def revoked(world: SettingsWorld) -> None:
    """End all tokens: a new login helps."""
    world.management.revoke_tokens()


FAULTS = (
    *(Fault(f"HTTP {it}", switch(server_error=it)) for it in (500, 502, 503, 504)),
    Fault("HTTP 429", switch(rate_limit=True)),
    Fault("HTTP 429 for an hour", switch(rate_limit=True, retry_after=3600)),
    Fault("connection reset", switch(connection_reset=True)),
    Fault("answer cut", switch(cut_body=True)),
    Fault("web page", switch(html=True)),
    Fault("empty answer", switch(empty_body=True)),
    Fault("redirect", switch(redirect=True), asks="settings_permission"),
    Fault("unknown path", switch(unknown_path=True), asks="settings_permission"),
    Fault("firewall", switch(gateway_problem="WAF_FILTERED")),
    Fault("HTTP 403", switch(forbidden=True), asks="settings_permission"),
    Fault("HTTP 403 for good", switch(refused=403), asks="settings_permission"),
    Fault("HTTP 404", switch(refused=404), asks="settings_permission"),
    Fault("HTTP 400", switch(refused=400), asks="settings_permission"),
    Fault("HTTP 401", switch(unauthorized=True), asks="settings_login"),
    Fault("token revoked", revoked, shown=True),
    Fault("password changed", another_password, asks="settings_login", heals=False),
    Fault("bare list", odd(bare_list=True)),
    Fault("other site names", odd(sites_by="name"), asks="settings_permission"),
    Fault("no bounds", odd(capability_missing=True)),
    Fault("other names", odd(names={"measuring_cycle": "takt"})),
    Fault("no serials", odd(names={"serial_number": "nummer"})),
)


@pytest.fixture
def loggers(fleet: Fleet, site: Site) -> Affected[Logger]:
    """Return four fridges, whose alarms begin and end before, in and after a fault."""
    far = BEGIN + 48 * HOUR

    def fridge(name: str, begin: Any, end: Any) -> Logger:
        made = fleet.add_logger(site, name, kind=Kind.TEMPERATURE, limits=LIMITS)
        channel = made.sensors[0].channels[0]
        channel.hold(START - 48 * HOUR, begin, 5.0)
        channel.hold(begin, end, 12.0)
        channel.hold(end, far + HOUR, 5.5)
        return made

    return Affected(
        lasting=fridge("Kühlschrank 1", START + 5 * MINUTE, far),
        ending=fridge("Kühlschrank 2", START + 5 * MINUTE, BEGIN + HOUR),
        passing=fridge("Kühlschrank 3", BEGIN + 10 * MINUTE, BEGIN + 70 * MINUTE),
        beginning=fridge("Kühlschrank 4", BEGIN + 100 * MINUTE, far),
    )


def channel_id(channel: Channel) -> str:
    """Return the unique id of a channel."""
    return f"{channel.sensor.device.serial}_{channel.sensor.serial}_{channel.number}"


@pytest.mark.expect_warnings
@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_the_account_goes_on(
    hass: HomeAssistant, world: SettingsWorld, loggers: Affected[Logger], fault: Fault
) -> None:
    await world.add_login()
    await world.to(BEGIN, step=STEP)
    fault.begin(world)
    cloud = world.entity_id(f"{world.fleet.tenant_uuid}_cloud")
    busiest = 0
    while world.now < BEGIN + LASTING:
        before = world.asked()
        for _ in range(6):
            await world.advance(2 * STEP, step=2 * STEP)
            state = hass.states.get(cloud)
            assert state is not None
            assert state.state == "on"
            for it, *_ in loggers:
                assert world.value(channel_id(it.sensors[0].channels[0])) != "unavailable"
        busiest = max(busiest, world.asked() - before)
    assert busiest <= 30
    for logger, told, alarm in loggers:
        assert [it["event_type"] for it in world.events(logger.serial)] == told
        assert world.value(f"{channel_id(logger.sensors[0].channels[0])}_alarm") == alarm
    first = loggers.lasting.serial
    is_shown = world.value(f"{first}_measuring_cycle") != "unavailable"
    assert is_shown is fault.shown
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN), "the login is its own"
    for name in ("settings_login", "settings_permission", "settings_differ"):
        assert (world.issue(name) is not None) is (name == fault.asks), name
    # It is over.
    world.management.faults = Faults()
    world.management.odd = type(world.management.odd)()
    if not fault.heals:
        result = await world.go(await world.reconfigure(), world.login())
        assert result["reason"] == "reconfigure_successful"
    elif fault.asks == "settings_login":
        result = await world.go(await world.reconfigure(), world.login(username=" other "))
        assert result["errors"]
        await world.go(result, world.login())
    await world.advance(2 * HOUR, step=2 * STEP)
    assert world.value(f"{first}_measuring_cycle") == "15.0"
    for name in ("settings_login", "settings_permission"):
        assert world.issue(name) is None


@pytest.mark.expect_warnings
@pytest.mark.parametrize("when", ["before", "after"])
async def test_the_account_may_fail_without_the_settings(
    world: SettingsWorld, fridge: Logger, when: str
) -> None:
    """The other way round: each asks its own cloud."""
    await world.add_login()
    if when == "before":
        await world.advance(10 * MINUTE)
    world.faults.server_error = 503
    await world.advance(timedelta(minutes=50), step=STEP)
    asked = world.asked("GET")
    assert world.value(f"{fridge.serial}_measuring_cycle") != "unavailable"
    world.faults.server_error = None
    await world.advance(10 * MINUTE, step=STEP)
    assert world.asked("GET") - asked <= 1, "that the account works again says nothing of it"


@pytest.mark.expect_warnings
async def test_a_change_in_the_middle_of_an_outage(world: SettingsWorld, fridge: Logger) -> None:
    await world.add_login()
    world.management.faults.set({"connection_reset": True})
    with pytest.raises(HomeAssistantError) as refused:
        await world.set_cycle(fridge, 20)
    assert refused.value.translation_key == "write_failed"
    world.management.faults = Faults()
    await world.set_cycle(fridge, 20)
    assert len(world.puts()) == 1
