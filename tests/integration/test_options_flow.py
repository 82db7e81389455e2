"""What the options of an account change."""

from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import device_registry as dr
import pytest

from tests.integration.conftest import START, World
from tests.simulator import Fleet

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
FRIDGE, VITRINE, DEPOT = "12345678", "12345679", "12345680"


@pytest.fixture
def shop(fleet: Fleet) -> Fleet:
    """Return an account with one site."""
    fleet.add_logger(fleet.add_site("Apotheke Köln"), "Kühlschrank", serial=FRIDGE)
    return fleet


@pytest.fixture
def chain(shop: Fleet) -> Fleet:
    """Return an account with two sites and three loggers."""
    bern = shop.add_site("Museum Bern")
    shop.add_logger(bern, "Vitrine", serial=VITRINE)
    shop.add_logger(bern, "Depot", serial=DEPOT)
    return shop


async def open_options(world: World, entry: ConfigEntry[Any]) -> Any:
    """Open the options form."""
    result = await world.hass.config_entries.options.async_init(entry.entry_id)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "init"
    return result


async def save(world: World, form: Any, **options: Any) -> Any:
    """Submit the options form; the account is loaded anew."""
    typed = {"alarm_interval": 5, "measurement_interval": 15, **options}
    result = await world.hass.config_entries.options.async_configure(form["flow_id"], typed)
    await world.settle()
    return result


def suggested(form: ConfigFlowResult) -> dict[str, Any]:
    """Return what stands in the fields of the form."""
    schema = form["data_schema"]
    assert schema is not None
    found = {}
    for marker in schema.schema:
        told = marker.description or {}
        found[str(marker)] = told.get("suggested_value", _default(marker))
    return found


def _default(marker: Any) -> Any:
    return marker.default() if callable(marker.default) else None


def serials(hass: HomeAssistant, entry: ConfigEntry[Any]) -> set[str]:
    """Return the serials of all devices."""
    return {
        serial
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        for _, serial in device.identifiers
        if serial != entry.unique_id
    }


async def jobs(world: World, duration: timedelta) -> dict[str, int]:
    """Let time pass and return how often alarms and values were asked for."""
    before = len(world.requests("POST"))
    await world.advance(duration, step=timedelta(seconds=15))
    paths = [record.path for record in world.requests("POST")[before:]]
    return {name: paths.count(f"/{name}") for name in ("v3/alarms", "v2/measurements")}


async def test_the_intervals_are_kept_on_the_wire(world: World, shop: Fleet) -> None:
    assert shop.loggers
    entry = await world.add_account()
    # The intervals are stretched by up to a twentieth, so that accounts do not meet.
    usual = await jobs(world, 2 * HOUR)
    assert 22 <= usual["v3/alarms"] <= 24
    assert 7 <= usual["v2/measurements"] <= 8

    form = await open_options(world, entry)
    assert suggested(form) == {
        "alarm_interval": 5,
        "measurement_interval": 15,
        "stale_after": None,
        "export_days": None,
    }
    result = await save(world, form, alarm_interval=20, measurement_interval=60)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {"alarm_interval": 20, "measurement_interval": 60}
    rare = await jobs(world, 4 * HOUR)
    assert 11 <= rare["v3/alarms"] <= 13
    assert 3 <= rare["v2/measurements"] <= 5

    form = await open_options(world, entry)
    assert suggested(form)["alarm_interval"] == 20
    await save(world, form, alarm_interval=1, measurement_interval=2)
    often = await jobs(world, HOUR / 2)
    assert 14 <= often["v3/alarms"] <= 31
    assert 9 <= often["v2/measurements"] <= 16


@pytest.mark.expect_warnings
async def test_a_change_loses_no_state(hass: HomeAssistant, world: World, chain: Fleet) -> None:
    """Not even while the cloud is down: nothing has to be asked for again."""
    logger = chain.logger(FRIDGE)
    logger.sensors[0].channels[0].hold(START + MINUTE, START + 9 * HOUR, 12.5)
    entry = await world.add_account()
    await world.advance(HOUR)

    def states() -> dict[str, str]:
        return {state.entity_id: state.state for state in hass.states.async_all()}

    before = states()
    world.faults.server_error = 503
    form = await open_options(world, entry)
    every = [site.id for site in chain.sites]
    await save(world, form, sites=every, alarm_interval=10, stale_after=600)
    after = states()
    cloud = world.entity_id(f"{chain.tenant_uuid}_cloud")
    # Since it was loaded anew the cloud has not answered.
    assert (before.pop(cloud), after.pop(cloud)) == ("on", "unknown")
    assert after == before
    assert "12.5" in after.values()


@pytest.mark.parametrize(
    "options",
    [
        {"alarm_interval": 0},
        {"alarm_interval": 61},
        {"measurement_interval": 0},
        {"measurement_interval": 241},
        {"stale_after": 0},
        {"stale_after": 2881},
        {"export_days": 0},
        {"export_days": 3651},
        {"sites": ["nowhere"]},
    ],
)
async def test_what_makes_no_sense_is_refused(
    world: World, chain: Fleet, options: dict[str, Any]
) -> None:
    entry = await world.add_account()
    form = await open_options(world, entry)
    every = [site.id for site in chain.sites]
    with pytest.raises(InvalidData):
        await save(world, form, **{"sites": every, **options})
    assert entry.options == {}


async def test_a_single_site_is_not_asked_about(world: World, shop: Fleet) -> None:
    assert shop.loggers
    form = await open_options(world, await world.add_account())

    assert "sites" not in suggested(form)


async def test_sites_come_and_go(hass: HomeAssistant, world: World, chain: Fleet) -> None:
    cologne, bern = (site.id for site in chain.sites)
    entry = await world.add_account()
    assert serials(hass, entry) == {FRIDGE, VITRINE, DEPOT}
    fridge = world.entity_id(f"{FRIDGE}_connection")
    vitrine = world.entity_id(f"{VITRINE}_connection")

    form = await open_options(world, entry)
    labels = [option["label"] for option in _choice(form)]
    assert labels == ["Apotheke Köln (1)", "Museum Bern (2)"]
    assert suggested(form)["sites"] == [cologne, bern]
    await save(world, form, sites=[cologne])
    assert entry.options["sites"] == [cologne]
    assert serials(hass, entry) == {FRIDGE}
    assert hass.states.get(vitrine) is None
    assert hass.states.get(fridge) is not None

    # Nothing had to be asked of the cloud to bring the others back.
    form = await open_options(world, entry)
    assert suggested(form)["sites"] == [cologne]
    await save(world, form, sites=[bern])
    assert serials(hass, entry) == {VITRINE, DEPOT}
    assert world.value(f"{VITRINE}_connection") == "on"

    form = await open_options(world, entry)
    await save(world, form, sites=[bern, cologne])
    assert "sites" not in entry.options
    assert serials(hass, entry) == {FRIDGE, VITRINE, DEPOT}
    assert world.entity_id(f"{FRIDGE}_connection") == fridge
    chain.add_logger(chain.add_site("Neubau"), "Lager", serial="12345681")
    await world.advance(13 * HOUR, step=13 * HOUR)
    assert serials(hass, entry) == {FRIDGE, VITRINE, DEPOT, "12345681"}


async def test_no_site_at_all_is_no_choice(world: World, chain: Fleet) -> None:
    entry = await world.add_account()
    form = await open_options(world, entry)
    every = [site.id for site in chain.sites]
    form = await save(world, form, sites=every, stale_after=90)
    assert form["type"] is FlowResultType.CREATE_ENTRY
    form = await open_options(world, entry)
    form = await save(world, form, sites=[], alarm_interval=7)

    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"sites": "no_site"}
    # What was typed stays, and what was cleared stays cleared.
    assert suggested(form) == {
        "alarm_interval": 7,
        "measurement_interval": 15,
        "stale_after": None,
        "export_days": None,
        "sites": [],
    }
    bern = chain.sites[1].id
    result = await save(world, form, sites=[bern], alarm_interval=7)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {"alarm_interval": 7, "measurement_interval": 15, "sites": [bern]}


async def test_a_chosen_site_that_is_gone_does_not_block_the_form(
    hass: HomeAssistant, world: World, chain: Fleet
) -> None:
    chain.add_logger(chain.add_site("Neubau"), "Lager", serial="12345681")
    entry = await world.add_account()
    cologne, bern, new = (site.id for site in chain.sites)
    await save(world, await open_options(world, entry), sites=[cologne, new])
    chain.remove("12345681")
    await world.advance(26 * HOUR, step=13 * HOUR)
    # What was learnt is written within a minute.
    await world.advance(MINUTE)
    assert serials(hass, entry) == {FRIDGE}

    form = await open_options(world, entry)
    assert {option["value"] for option in _choice(form)} == {cologne, bern}
    kept = suggested(form)["sites"]
    assert kept == [cologne]
    result = await save(world, form, sites=kept, alarm_interval=10)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options["sites"] == [cologne]


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize(
    ("stale_after", "minutes"),
    # Measured and sent every 15 minutes: the next reading is due 15 minutes after the last.
    [(None, 15 + 30), (5, 15 + 5), (120, 15 + 120)],
)
async def test_patience_with_overdue_values(
    world: World, shop: Fleet, stale_after: int | None, minutes: int
) -> None:
    logger = shop.logger(FRIDGE)
    last = START.replace(minute=45, second=0)
    logger.outage(last + MINUTE)
    entry = await world.add_account()
    form = await open_options(world, entry)
    # Whoever was loaded anew calls nobody silent before it has asked once.
    patience = {"stale_after": stale_after} if stale_after else {}
    await save(world, form, measurement_interval=5, **patience)
    channel = f"{FRIDGE}_{logger.sensors[0].serial}_1"

    await world.to(last + timedelta(minutes=minutes) - MINUTE)
    assert world.value(channel) != "unavailable"
    assert world.value(f"{FRIDGE}_connection") == "on"
    await world.advance(2 * MINUTE)
    assert world.value(channel) == "unavailable"
    assert world.value(f"{FRIDGE}_connection") == "off"
    assert world.value(f"{FRIDGE}_last_measurement") == last.isoformat()
    assert entry.unique_id == shop.tenant_uuid


def _choice(form: Any) -> list[dict[str, str]]:
    selector = form["data_schema"].schema["sites"]
    options: list[dict[str, str]] = selector.config["options"]
    return options
