"""Adding an account, renewing its key, changing how it is reached."""

import asyncio
from datetime import date, timedelta
import socket
import time
from typing import Any

from aiohttp.resolver import ThreadedResolver
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_IMPORT,
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, UnknownStep, section
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
import pytest
import pytest_socket

from custom_components.testo_smart_connect.clouds.http.bounds import Bounds
from custom_components.testo_smart_connect.clouds.jobs import job_cloud
from custom_components.testo_smart_connect.const import DOMAIN, NAME
from custom_components.testo_smart_connect.kinds import smart_connect as kind
from tests.integration.conftest import START, World
from tests.simulator import NO_LICENCE_KEY, Faults, Fleet, Simulator

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
COLOGNE, BERN = "Apotheke Köln", "Museum Bern"
FRIDGE = "12345678"


@pytest.fixture
def shop(fleet: Fleet) -> Fleet:
    """Return an account with one site."""
    fleet.add_logger(fleet.add_site(COLOGNE), "Kühlschrank", serial=FRIDGE)
    return fleet


@pytest.fixture
def chain(shop: Fleet) -> Fleet:
    """Return an account with two sites, three loggers and a gateway."""
    bern = shop.add_site(BERN)
    shop.add_logger(bern, "Vitrine", serial="12345679")
    shop.add_logger(bern, "Depot", serial="12345680")
    return shop


def suggested(result: ConfigFlowResult) -> dict[str, Any]:
    """Return what stands in the fields of a form."""
    assert result["type"] is FlowResultType.FORM, result
    schema = result["data_schema"]
    assert schema is not None
    return _filled(schema.schema)


def _filled(fields: Any) -> dict[str, Any]:
    return {
        str(marker): _filled(kind.schema.schema)
        if isinstance(kind, section)
        else (marker.description or {}).get("suggested_value")
        for marker, kind in fields.items()
    }


def site_labels(result: ConfigFlowResult) -> dict[str, str]:
    """Return the choices of the sites step, by label."""
    assert result["step_id"] == "sites"
    schema = result["data_schema"]
    assert schema is not None
    (choice,) = schema.schema.values()
    return {option["label"]: option["value"] for option in choice.config["options"]}


def heal(world: World) -> None:
    """Switch all faults off."""
    for name, value in Faults(run_time=0).plain().items():
        setattr(world.faults, name, value)


def flows(hass: HomeAssistant) -> list[Any]:
    """Return the sources of all open flows."""
    open_flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow["context"]["source"] for flow in open_flows]


def names_and_ids(hass: HomeAssistant, entry: ConfigEntry[Any]) -> set[tuple[str, ...]]:
    """Return what a user's automations and dashboards hang on."""
    registry = er.async_get(hass)
    return {
        (item.id, item.entity_id, item.unique_id, str(item.device_id))
        for item in er.async_entries_for_config_entry(registry, entry.entry_id)
    }


def silent_address() -> str:
    """Return an address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


# --- The way that works ---------------------------------------------------------------------------


async def test_there_is_no_other_way_in(hass: HomeAssistant) -> None:
    with pytest.raises(UnknownStep):
        await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_IMPORT})


@pytest.mark.quality_rule("config-flow")
async def test_one_site_is_not_asked_about(hass: HomeAssistant, world: World, shop: Fleet) -> None:
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["smart_connect", "saveris_data", "saveris_2", "sensorist"]
    flow = await world.start_flow()
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "smart_connect"
    assert flow["errors"] == {}
    result = await world.submit(flow, world.typed())

    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.title == shop.customer
    assert entry.unique_id == shop.tenant_uuid
    assert entry.data == {
        "kind": "smart_connect",
        "region": "eu",
        "api_key": world.simulator.api_key,
        "base_url": world.simulator.base_url,
        "key_expires": "2027-06-30",
        "key_entered": START.date().isoformat(),
    }
    assert entry.options == {}
    await world.settle()
    assert entry.state is ConfigEntryState.LOADED
    devices = dr.async_get(hass)
    assert devices.async_get_device_by_identifier((DOMAIN, FRIDGE), entry.entry_id)


async def test_all_sites_are_preselected_and_mean_new_ones_too(world: World, chain: Fleet) -> None:
    result = await world.submit(await world.start_flow(), world.typed())

    labels = site_labels(result)
    assert list(labels) == [f"{COLOGNE} (1)", f"{BERN} (2)"]
    schema = result["data_schema"]
    assert schema is not None
    (marker,) = schema.schema
    assert set(marker.default()) == set(labels.values())
    result = await world.submit(result, {"sites": marker.default()})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].options == {}

    await world.settle()
    chain.add_logger(chain.add_site("Neubau"), "Lager", serial="12345681")
    await world.advance(13 * HOUR, step=13 * HOUR)
    assert world.state("12345681_connection")


async def test_some_sites_are_kept_as_options(
    hass: HomeAssistant, world: World, chain: Fleet
) -> None:
    result = await world.submit(await world.start_flow(), world.typed())
    cologne = site_labels(result)[f"{COLOGNE} (1)"]
    result = await world.submit(result, {"sites": [cologne]})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.options == {"sites": [cologne]}
    assert cologne == chain.sites[0].id
    await world.settle()
    serials = {
        identifier
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        for _, identifier in device.identifiers
    }
    assert serials == {FRIDGE, chain.tenant_uuid}


async def test_no_site_at_all_is_no_choice(world: World, chain: Fleet) -> None:
    result = await world.submit(await world.start_flow(), world.typed())
    result = await world.submit(result, {"sites": []})
    assert result["errors"] == {"sites": "no_site"}

    bern = site_labels(result)[f"{BERN} (2)"]
    result = await world.submit(result, {"sites": [bern]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert bern == chain.sites[1].id


async def test_a_site_without_a_name_shows_its_id(world: World, chain: Fleet) -> None:
    site = chain.sites[1]
    world.faults.on = {
        "locations": {"drop_rows": lambda row: row["location_uuid"] == site.id},
    }
    result = await world.submit(await world.start_flow(), world.typed())

    assert f"{site.id} (2)" in site_labels(result)


async def test_an_account_without_a_customer_gets_the_name_of_the_product(
    world: World, shop: Fleet
) -> None:
    world.faults.on = {
        "locations": {"drop_rows": lambda row: row["location_uuid"] == shop.customer_uuid},
    }
    result = await world.submit(await world.start_flow(), world.typed())

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == NAME
    assert result["result"].unique_id == shop.tenant_uuid


async def test_an_account_without_devices_can_be_added(world: World, fleet: Fleet) -> None:
    result = await world.submit(await world.start_flow(), world.typed())

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == fleet.tenant_uuid
    await world.settle()
    assert world.value(f"{fleet.tenant_uuid}_cloud") == "on"


@pytest.mark.parametrize(
    "typed",
    [
        "  {} ",
        "\t{}\r\n",
        '"{}"',
        "'{}'",
        "„{}“",
        "‘{}’",  # noqa: RUF001 - these quotes are meant
        ' "{}"\n',
    ],
)
async def test_blanks_and_quotes_around_a_key_do_no_harm(
    world: World, shop: Fleet, typed: str
) -> None:
    key = world.simulator.api_key
    entry = await world.add_account(api_key=typed.format(key))

    assert entry.data["api_key"] == key
    assert key not in entry.title
    assert entry.title == shop.customer
    assert {record.headers["x-custom-api-key"] for record in world.requests()} == {key}


async def test_the_region_decides_where_to_ask(
    world: World, shop: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The regions' true hosts can only be reached in the internet.
    asked = []

    def address(region: str) -> str:
        asked.append(region)
        return world.simulator.base_url

    monkeypatch.setattr(kind, "base_url", address)
    flow = await world.start_flow()
    # The collapsed section may come back empty or not at all.
    result = await world.submit(flow, {"region": "am", "api_key": world.simulator.api_key})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].data["region"] == "am"
    assert result["result"].data["base_url"] is None
    assert result["result"].unique_id == shop.tenant_uuid
    await world.settle()
    assert set(asked) == {"am"}


# --- The progress step ----------------------------------------------------------------------------


async def let_time_flow(world: World, freezer: FrozenDateTimeFactory) -> None:
    """Wait until nothing is going on, while the clock of the event loop runs."""
    settled = asyncio.create_task(world.settle())
    while not settled.done():
        freezer.tick(0.1)
        # What crosses the network takes real time, else the clock runs ahead of it.
        await asyncio.to_thread(time.sleep, 0.001)
    await settled


async def test_the_form_shows_progress_and_never_hangs(
    hass: HomeAssistant, world: World, shop: Fleet, freezer: FrozenDateTimeFactory
) -> None:
    flow = await world.start_flow()
    world.faults.slow = 5.0
    manager = hass.config_entries.flow
    result = await manager.async_configure(flow["flow_id"], world.typed())

    assert result["type"] is FlowResultType.SHOW_PROGRESS
    assert result["step_id"] == "check"
    assert result["progress_action"] == "check"
    assert not any(record.status for record in world.simulator.requests)
    # A browser that is opened anew asks again; the check goes on and is not begun twice.
    again = await manager.async_configure(flow["flow_id"])
    assert again["type"] is FlowResultType.SHOW_PROGRESS
    await let_time_flow(world, freezer)
    result = await manager.async_configure(flow["flow_id"])
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].title == shop.customer
    submitted = [record.path for record in world.requests("POST")]
    assert submitted.count("/v3/devices/properties") == 1


async def test_closing_the_form_ends_the_check(
    hass: HomeAssistant, world: World, shop: Fleet, freezer: FrozenDateTimeFactory
) -> None:
    assert shop.loggers
    flow = await world.start_flow()
    world.faults.slow = 5.0
    await hass.config_entries.flow.async_configure(flow["flow_id"], world.typed())
    hass.config_entries.flow.async_abort(flow["flow_id"])
    await let_time_flow(world, freezer)

    assert not hass.config_entries.async_entries(DOMAIN)
    assert not world.requests("GET")


async def test_a_failed_check_leaves_no_job_behind(world: World, shop: Fleet) -> None:
    assert shop.loggers
    world.faults.on = {
        "properties": {"forbidden": True},
        "locations": {"job_outcome": "never", "slow": 5.0},
    }
    before = asyncio.all_tasks()
    result = await world.submit(await world.start_flow(), world.typed())
    assert result["errors"] == {"base": "no_permission"}

    left = [
        task
        for task in asyncio.all_tasks() - before
        if "SmartConnect" in task.get_coro().__qualname__  # type: ignore[union-attr]  # all have one
    ]
    assert not left


# --- Mistakes and faults, each with a recovery ----------------------------------------------------

FAULTS = {
    "401": ({"unauthorized": True}, "invalid_auth"),
    "401 in the older form": ({"unauthorized": True, "older_errors": True}, "invalid_auth"),
    "403": ({"forbidden": True}, "no_permission"),
    "connection cut": ({"connection_reset": True}, "cannot_connect"),
    "job fails": ({"job_outcome": "Failed"}, "cloud_error"),
    "job ends in error": ({"job_outcome": "Error"}, "cloud_error"),
    "job never ends": ({"job_outcome": "never"}, "cloud_error"),
    "job is lost": ({"only": {"poll"}, "server_error": 404}, "cloud_error"),
    "500": ({"server_error": 500}, "cloud_error"),
    "502": ({"server_error": 502}, "cloud_error"),
    "503 while polling": ({"only": {"poll"}, "server_error": 503}, "cloud_error"),
    "503 of the file store": ({"only": {"download"}, "server_error": 503}, "cloud_error"),
    "403 of the file store": ({"only": {"download"}, "forbidden": True}, "cloud_error"),
    "file breaks off": ({"truncated_gzip": True}, "cloud_error"),
    "429": ({"rate_limit": True}, "rate_limited"),
    "429 with time": ({"rate_limit": True, "retry_after": 600}, "rate_limited"),
}


@pytest.mark.quality_rule("config-flow-test-coverage")
@pytest.mark.quality_rule("test-before-configure")
@pytest.mark.parametrize(("faults", "error"), FAULTS.values(), ids=FAULTS.keys())
async def test_a_fault_of_the_cloud_is_told_and_can_be_overcome(
    world: World, shop: Fleet, faults: dict[str, Any], error: str
) -> None:
    for name, value in faults.items():
        setattr(world.faults, name, value)
    typed = world.typed(region="ap")
    result = await world.submit(await world.start_flow(), typed)

    assert result["step_id"] == "smart_connect"
    assert result["errors"] == {"base": error}
    assert suggested(result) == typed
    # At most 14 polls of each job within its budget.
    assert len(world.requests()) <= 60

    heal(world)
    result = await world.submit(result, typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == shop.tenant_uuid


async def test_more_data_than_any_account_has(
    world: World, shop: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = world.typed()
    with monkeypatch.context() as patch:
        patch.setattr(job_cloud, "HELD", Bounds(downloaded=1 << 20, unzipped=50, rows=9))
        result = await world.submit(await world.start_flow(), typed)
    assert result["errors"] == {"base": "too_large"}
    assert suggested(result) == typed
    result = await world.submit(result, typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == shop.tenant_uuid


async def test_nobody_listens_at_the_address(world: World, shop: Fleet) -> None:
    typed = world.typed(advanced={"base_url": silent_address()})
    result = await world.submit(await world.start_flow(), typed)

    assert result["errors"] == {"base": "cannot_connect"}
    assert suggested(result) == typed
    result = await world.submit(result, world.typed())
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == shop.customer


@pytest.mark.parametrize(
    ("key", "error"), [("wrong-key", "invalid_auth"), (NO_LICENCE_KEY, "no_permission")]
)
async def test_a_key_that_does_not_open(world: World, shop: Fleet, key: str, error: str) -> None:
    assert shop.loggers
    result = await world.submit(await world.start_flow(), world.typed(api_key=key))

    assert result["errors"] == {"base": error}
    assert suggested(result)["api_key"] == key
    result = await world.submit(result, world.typed())
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("key", ["", "  \n", '""', "schlüssel", "two\nlines", "tab\there"])
async def test_a_key_that_cannot_be_one_is_refused_without_asking(
    world: World, shop: Fleet, key: str
) -> None:
    assert shop.loggers
    result = await world.submit(await world.start_flow(), world.typed(api_key=key))

    assert result["errors"] == {"api_key": "invalid_auth"}
    assert suggested(result)["api_key"] == key
    assert not world.requests()
    result = await world.submit(result, world.typed())
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "address",
    [
        "http://testo.example",
        "http://192.168.1.2:8080",
        "http://localhost.testo.example",
        "http://127.0.0.1.testo.example",
        "ftp://127.0.0.1",
        "https://user:secret@testo.example",
        "https://user@testo.example",
        "https://:secret@testo.example",
        "https://testo.example?key=1",
        "https://testo.example#top",
        "https://",
        "https://testo.example:99999",
        "http://[::1",
        "https://a..b",
        "https://ä..ö",
        "testo.example",
        "no address at all",
    ],
)
async def test_an_address_that_would_give_the_key_away_is_refused(
    world: World, shop: Fleet, address: str
) -> None:
    assert shop.loggers
    typed = world.typed(advanced={"base_url": address})
    result = await world.submit(await world.start_flow(), typed)

    assert result["errors"] == {"base": "invalid_url"}
    assert suggested(result) == typed
    assert not world.requests()
    result = await world.submit(result, world.typed())
    assert result["type"] is FlowResultType.CREATE_ENTRY


class SystemNames(ThreadedResolver):
    """Resolves names as the system does; the test harness resolves none at all."""

    async def real_close(self) -> None:
        """End as Home Assistant wants it."""
        await self.close()


@pytest.fixture
def loopback(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - it allows sockets
    """Let this machine be reached by all its names."""
    monkeypatch.setattr(socket.socket, "connect", pytest_socket._true_connect)  # noqa: SLF001 - it has no other name
    monkeypatch.setattr(
        "homeassistant.helpers.aiohttp_client._async_make_resolver",
        lambda _hass: SystemNames(),
    )


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
async def test_plain_http_is_accepted_on_this_very_machine(
    world: World, shop: Fleet, host: str
) -> None:
    address = world.simulator.base_url.replace("127.0.0.1", host)
    entry = await world.add_account(advanced={"base_url": f" {address}/ "})

    assert entry.data["base_url"] == address
    assert entry.unique_id == shop.tenant_uuid


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    "address", ["https://127.0.0.1:{}", "https://[::1]:{}/testo", "http://[::1]:{}"]
)
async def test_an_encrypted_address_is_accepted(world: World, shop: Fleet, address: str) -> None:
    assert shop.loggers
    port = silent_address().rpartition(":")[2]
    typed = world.typed(advanced={"base_url": address.format(port)})
    result = await world.submit(await world.start_flow(), typed)

    assert result["errors"] == {"base": "cannot_connect"}


async def test_two_mistakes_are_told_at_once(world: World) -> None:
    typed = world.typed(api_key=" ", advanced={"base_url": "ftp://testo.example"})
    result = await world.submit(await world.start_flow(), typed)

    assert result["errors"] == {"api_key": "invalid_auth", "base": "invalid_url"}


async def test_an_account_with_nothing_in_it_is_told(world: World, shop: Fleet) -> None:
    world.faults.drop_rows = lambda _row: True
    result = await world.submit(await world.start_flow(), world.typed())

    assert result["errors"] == {"base": "empty_account"}
    assert suggested(result) == world.typed()
    heal(world)
    result = await world.submit(result, world.typed())
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == shop.tenant_uuid


@pytest.mark.quality_rule("unique-config-entry")
async def test_an_account_is_there_only_once(
    hass: HomeAssistant, world: World, shop: Fleet
) -> None:
    assert shop.loggers
    world.simulator.keys = ("first key", "second key")
    entry = await world.add_account()
    result = await world.submit(await world.start_flow(), world.typed(api_key="second key"))

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
    assert entry.data["api_key"] == "first key"


# --- When the key ends ----------------------------------------------------------------------------


async def test_a_year_is_proposed_as_the_life_of_a_key(world: World, shop: Fleet) -> None:
    flow = await world.start_flow()
    assert suggested(flow)["key_expires"] == "2027-07-01"
    assert suggested(flow)["api_key"] is None

    await world.submit(flow, world.typed())
    await world.settle()
    assert world.value(f"{shop.tenant_uuid}_key_expires") == "2027-06-30"


async def test_without_a_date_the_year_counts_from_the_entry(world: World, shop: Fleet) -> None:
    typed = world.typed(api_key="wrong key")
    del typed["key_expires"]
    result = await world.submit(await world.start_flow(), typed)
    # A date that was cleared does not come back by itself.
    assert suggested(result)["key_expires"] is None
    typed["api_key"] = world.simulator.api_key
    result = await world.submit(result, typed)

    assert result["result"].data["key_expires"] is None
    await world.settle()
    ends = date.fromisoformat(world.value(f"{shop.tenant_uuid}_key_expires"))
    assert ends == START.date() + timedelta(days=365)


# --- Words ----------------------------------------------------------------------------------------


async def test_all_words_are_there_in_english_and_german(hass: HomeAssistant, world: World) -> None:
    assert await world.start_flow()
    for category in ("config", "options", "selector"):
        english = await async_get_translations(hass, "en", category, {DOMAIN})
        german = await async_get_translations(hass, "de", category, {DOMAIN})
        prefix = f"component.{DOMAIN}.{category}."
        english = {key: text for key, text in english.items() if key.startswith(prefix)}
        assert english
        assert set(german) >= set(english)
        same = {key for key, text in english.items() if german[key] == text}
        assert {key.removeprefix(prefix) for key in same} <= {
            "step.user.menu_options.smart_connect",
            "step.smart_connect.data.region",
            "step.reconfigure.data.region",
            "step.user.menu_options.saveris_data",
            "step.saveris_data.data.region",
            "step.reconfigure_saveris_data.data.region",
            "step.user.menu_options.saveris_2",
            "step.user.menu_options.sensorist",
            "step.saveris_2.data.region",
            "step.reconfigure_saveris_2.data.region",
            "step.migrate.data.region",
            "environment.options.i",
            "step.init.data_description.push",
            "severity.options.alarm",
            "csv_format.options.international",
            "report_format.options.html",
            "report_format.options.pdf",
        }
    title = f"component.{DOMAIN}.config.step.smart_connect.title"
    config = await async_get_translations(hass, "de", "config", {DOMAIN})
    assert config[title] == "testo Smart Connect verbinden"
    errors = {key.rpartition(".")[2] for key in config if ".config.error." in key}
    assert errors >= {error for _, error in FAULTS.values()} | {
        "invalid_url",
        "empty_account",
        "no_site",
    }


# --- A new key ------------------------------------------------------------------------------------


async def revoke(world: World, *new: str) -> None:
    """Replace the account's keys and let Home Assistant find out."""
    world.simulator.keys = new
    await world.advance(timedelta(minutes=20))


async def reauth_form(world: World) -> ConfigFlowResult:
    """Open the form that asks for a new key, as the user does from the repair."""
    (flow,) = world.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH
    result = await world.hass.config_entries.flow.async_configure(flow["flow_id"])
    assert result["step_id"] == "reauth_confirm"
    return result


@pytest.mark.expect_warnings
@pytest.mark.quality_rule("reauthentication-flow")
async def test_a_new_key_continues_where_the_old_one_ended(
    hass: HomeAssistant, world: World, shop: Fleet
) -> None:
    entry = await world.add_account()
    known = names_and_ids(hass, entry)
    await world.advance(DAY, step=DAY / 4)
    await revoke(world, "new key")
    first = await reauth_form(world)
    assert suggested(first) == {"api_key": None, "key_expires": "2027-07-02"}
    assert any("config_entry_reauth" in issue for _, issue in ir.async_get(hass).issues)

    result = await world.submit(first, {"api_key": "wrong key", "key_expires": "2027-01-31"})
    assert result["step_id"] == "reauth_confirm"
    assert result["errors"] == {"base": "invalid_auth"}
    assert suggested(result) == {"api_key": "wrong key", "key_expires": "2027-01-31"}
    result = await world.submit(result, {"api_key": "ü", "key_expires": "2027-01-31"})
    assert result["errors"] == {"api_key": "invalid_auth"}
    assert entry.data["api_key"] == "simulator-good-key"

    result = await world.submit(result, {"api_key": " new key", "key_expires": "2027-01-31"})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.data == {
        "kind": "smart_connect",
        "region": "eu",
        "api_key": "new key",
        "base_url": world.simulator.base_url,
        "key_expires": "2027-01-31",
        "key_entered": "2026-07-02",
    }
    await world.settle()
    assert entry.state is ConfigEntryState.LOADED
    assert names_and_ids(hass, entry) == known
    assert not ir.async_get(hass).issues
    await world.advance(timedelta(minutes=20))
    assert flows(hass) == []
    assert world.value(f"{shop.tenant_uuid}_cloud") == "on"
    assert world.value(f"{shop.tenant_uuid}_key_expires") == "2027-01-31"
    assert {record.headers["x-custom-api-key"] for record in world.requests()} == {
        "simulator-good-key",
        "wrong key",
        "new key",
    }


@pytest.mark.expect_warnings
async def test_a_revoked_key_asks_once_and_does_not_storm(
    hass: HomeAssistant, world: World, shop: Fleet
) -> None:
    assert shop.loggers
    await world.add_account()
    world.simulator.keys = ("new key",)
    before = len(world.requests())
    for _ in range(4):
        await world.advance(HOUR)
        assert flows(hass) == [SOURCE_REAUTH]
        assert len(world.requests()) - before <= 60
        before = len(world.requests())


@pytest.mark.expect_warnings
async def test_a_key_of_another_account_is_not_taken(
    hass: HomeAssistant, world: World, shop: Fleet
) -> None:
    entry = await world.add_account()
    data = dict(entry.data)
    await revoke(world, "new key")
    own, shop.tenant_uuid = shop.tenant_uuid, "another tenant"
    result = await world.submit(await reauth_form(world), {"api_key": "new key"})

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "wrong_account"
    assert entry.data == data
    # The account still needs a key, and asks for it again.
    shop.tenant_uuid, world.simulator.keys = own, ("third key",)
    await world.advance(2 * HOUR)
    result = await world.submit(await reauth_form(world), {"api_key": "third key"})
    await world.settle()
    assert result["reason"] == "reauth_successful"
    assert flows(hass) == []


@pytest.mark.expect_warnings
async def test_the_same_key_again_keeps_its_age(world: World, shop: Fleet) -> None:
    entry = await world.add_account()
    await world.advance(DAY, step=DAY / 4)
    world.faults.unauthorized = True
    await world.advance(timedelta(minutes=20))
    heal(world)
    result = await world.submit(await reauth_form(world), {"api_key": world.simulator.api_key})

    assert result["reason"] == "reauth_successful"
    assert entry.data["key_entered"] == "2026-07-01"
    await world.settle()
    assert world.value(f"{shop.tenant_uuid}_key_expires") == "2027-07-01"


@pytest.mark.expect_warnings
@pytest.mark.parametrize(
    "faults",
    [
        {"only": {"download"}, "forbidden": True},
        {"link_lifetime": 0},
        {"forbidden": True},
        {"server_error": 503},
        {"rate_limit": True},
        {"connection_reset": True},
        {"job_outcome": "Failed"},
    ],
    ids=["403 of a link", "expired links", "403", "503", "429", "cut", "failed"],
)
async def test_nothing_but_a_401_asks_for_a_new_key(
    hass: HomeAssistant, world: World, shop: Fleet, faults: dict[str, Any]
) -> None:
    await world.add_account()
    for name, value in faults.items():
        setattr(world.faults, name, value)
    await world.advance(HOUR)

    assert flows(hass) == []
    assert world.value(f"{shop.tenant_uuid}_cloud") == "off"


# --- Another way to the account -------------------------------------------------------------------


async def reconfigure(world: World, entry: ConfigEntry[Any]) -> ConfigFlowResult:
    """Open the form that changes the connection."""
    return await world.hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )


@pytest.mark.quality_rule("reconfiguration-flow")
async def test_the_connection_can_be_changed(
    hass: HomeAssistant, world: World, shop: Fleet
) -> None:
    entry = await world.add_account()
    known = names_and_ids(hass, entry)
    await world.advance(2 * DAY, step=DAY / 2)
    form = await reconfigure(world, entry)
    assert form["step_id"] == "reconfigure"
    assert suggested(form) == {**world.typed(), "api_key": None}, "it is not shown"

    other = Simulator(shop, faults=Faults(run_time=0))
    await other.start()
    try:
        typed = world.typed(
            region="ap", key_expires="2027-03-31", advanced={"base_url": other.base_url}
        )
        result = await world.submit(form, typed)
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "reconfigure_successful"
        await world.settle()
        assert entry.data == {
            "kind": "smart_connect",
            "region": "ap",
            "api_key": world.simulator.api_key,
            "base_url": other.base_url,
            "key_expires": "2027-03-31",
            "key_entered": START.date().isoformat(),
        }
        assert names_and_ids(hass, entry) == known
        assert world.value(f"{shop.tenant_uuid}_key_expires") == "2027-03-31"
        before = len(world.requests())
        await world.advance(timedelta(minutes=20))
        assert len(world.requests()) == before
        assert any(record.path.startswith("/v2/measurements") for record in other.requests)
        assert await hass.config_entries.async_unload(entry.entry_id)
    finally:
        await other.stop()


@pytest.mark.parametrize("empty", [None, "", " "])
async def test_an_empty_key_there_is_the_one_in_use(
    world: World, shop: Fleet, empty: str | None
) -> None:
    assert shop.loggers
    entry = await world.add_account()
    await world.advance(2 * DAY, step=DAY / 2)
    form = await reconfigure(world, entry)
    typed = world.typed(api_key=empty, key_expires="2027-03-31")
    if empty is None:
        del typed["api_key"]
    result = await world.submit(form, typed)
    await world.settle()

    assert result["reason"] == "reconfigure_successful"
    assert entry.data["api_key"] == world.simulator.api_key
    assert entry.data["key_entered"] == START.date().isoformat(), "it is as old as before"
    assert entry.data["key_expires"] == "2027-03-31"


async def test_a_new_key_typed_there_begins_a_new_year(world: World, shop: Fleet) -> None:
    assert shop.loggers
    world.simulator.keys = ("first key", "second key")
    entry = await world.add_account()
    await world.advance(2 * DAY, step=DAY / 2)
    form = await reconfigure(world, entry)
    typed = world.typed(api_key="second key")
    del typed["key_expires"]
    result = await world.submit(form, typed)
    await world.settle()

    assert result["reason"] == "reconfigure_successful"
    assert entry.data["api_key"] == "second key"
    assert entry.data["key_entered"] == "2026-07-03"
    assert entry.data["key_expires"] is None


async def test_a_new_key_does_not_end_with_the_old_one(world: World, shop: Fleet) -> None:
    """Whoever overlooks the date in the form would be reminded of a key that is gone."""
    assert shop.loggers
    world.simulator.keys = ("first key", "second key")
    entry = await world.add_account()
    form = await reconfigure(world, entry)
    assert suggested(form)["key_expires"] == "2027-06-30"
    result = await world.submit(form, world.typed(api_key="second key"))
    assert result["reason"] == "reconfigure_successful"
    assert dict(entry.data)["key_expires"] is None
    await world.settle()
    form = await reconfigure(world, entry)
    typed = world.typed(api_key="second key", key_expires="2027-05-31")
    assert (await world.submit(form, typed))["reason"] == "reconfigure_successful"
    assert entry.data["key_expires"] == "2027-05-31"
    await world.settle()


async def test_a_mistake_there_leads_back_to_the_same_form(world: World, shop: Fleet) -> None:
    assert shop.loggers
    entry = await world.add_account(advanced={"base_url": world.simulator.base_url})
    data = dict(entry.data)
    form = await reconfigure(world, entry)
    typed = world.typed(region="am", api_key="wrong key")
    result = await world.submit(form, typed)
    assert result["step_id"] == "reconfigure"
    assert result["errors"] == {"base": "invalid_auth"}
    assert suggested(result) == typed
    result = await world.submit(result, world.typed(advanced={"base_url": "ftp://x"}))
    assert result["step_id"] == "reconfigure"
    assert result["errors"] == {"base": "invalid_url"}
    assert entry.data == data

    result = await world.submit(result, world.typed(region="am"))
    await world.settle()
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == {**data, "region": "am"}


async def test_another_account_is_not_taken_there(world: World, shop: Fleet) -> None:
    entry = await world.add_account()
    data = dict(entry.data)
    form = await reconfigure(world, entry)
    shop.tenant_uuid = "another tenant"
    result = await world.submit(form, world.typed(region="ap"))

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "wrong_account"
    assert entry.data == data


@pytest.mark.expect_warnings
async def test_the_connection_can_be_changed_while_a_new_key_is_asked_for(
    hass: HomeAssistant, world: World, shop: Fleet
) -> None:
    assert shop.loggers
    entry = await world.add_account()
    await revoke(world, "new key")
    assert flows(hass) == [SOURCE_REAUTH]
    form = await reconfigure(world, entry)
    result = await world.submit(form, world.typed(api_key="new key"))

    assert result["reason"] == "reconfigure_successful"
    await world.settle()
    assert flows(hass) == []
    assert not ir.async_get(hass).issues
