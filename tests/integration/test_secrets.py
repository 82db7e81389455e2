"""No secret leaves the account: not through logs, states, events, issues or diagnostics."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import MISSING, fields
from datetime import timedelta
from functools import partial
import json
import logging
import re
from typing import Any
from urllib.parse import quote

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import MATCH_ALL
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.json import JSONEncoder
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockUser
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import START, World
from tests.simulator import NO_LICENCE_KEY, Faults, Fleet, Kind, Simulator, band

MINUTE = timedelta(minutes=1)
FIRST_KEY, WRONG_KEY, NEW_KEY = "k3y-First/+=%", "k3y-wr0ng!", "k3y-n3w-&?"
_SIGNATURE = re.compile(r"X-Amz-Signature=([^&\s]+)")
_LIKE_A_SIGNATURE = re.compile(r"[0-9a-f]{64}")

# Values that make a switch do something, where its type alone does not say them.
_SWITCHED: dict[str, Any] = {
    "server_error": 503,
    "kept_days": 0,
    "retry_after": 120,
    "slow": None,  # takes real time and says nothing
    "drip": None,  # the same
    "only": None,  # narrows others
    "on": None,
    "fail_times": 3,
    "run_time": 30,
    "job_outcome": "Failed",
    "submit_status": "Error",
    "failure_message": f"refused for {FIRST_KEY} at https://files.example/?X-Amz-Signature=0ab1c2",
    "link_lifetime": 0,
    "link_host": f"ftp://{FIRST_KEY}",
    "key_on_link": "ignore",
    "unknown_request_status": 200,
    "unknown_path_status": 404,
    "sunset": f"not before {FIRST_KEY}",
    "cookie": f"echo={FIRST_KEY}",
    "parts": 12,
    "duplicates": 1.0,
    "refuse_filter": {"processed_at"},
    "filter_misses": 0.5,
    "missing_columns": {"timestamp", "alarm_time", "device_uuid"},
    "extra_columns": {"echo": FIRST_KEY},
    "drop_rows": lambda _row: True,
    "gateway_problem": "WAF_FILTERED",
    "refused": 403,
    "refused_async": 404,
    # another cloud's
    "login_status": None,
    "token_name": None,
    "token_life": None,
    "token_without_exp": None,
    "sync_limit": None,
    "wired_sensors": None,
}
# Switches that say something only together with another one.
_TOGETHER: dict[str, dict[str, Any]] = {
    "retry_after": {"rate_limit": True},
    "failure_message": {"job_outcome": "Failed"},
    "older_errors": {"unauthorized": True},
    "unknown_path_status": {"status_v4_absent": True},
    "fail_times": {"connection_reset": True},
}


def faults() -> Iterator[dict[str, Any]]:
    """Yield every fault of the simulator, some in several places."""
    for entry in fields(Faults):
        default = entry.default if entry.default is not MISSING else None
        value = _SWITCHED.get(entry.name, True)
        assert entry.name in _SWITCHED or isinstance(default, bool), f"new switch {entry.name}"
        if value is not None:
            yield {entry.name: value, **_TOGETHER.get(entry.name, {})}
    for step in ("submit", "poll", "download"):
        for name, value in {
            "unauthorized": True,
            "forbidden": True,
            "server_error": 500,
            "rate_limit": True,
            "connection_reset": True,
        }.items():
            yield {name: value, "only": {step}}
    for outcome in ("Error", "never"):
        yield {"job_outcome": outcome}


class Ear:
    """Hears everything that Home Assistant tells anybody."""

    def __init__(
        self,
        hass: HomeAssistant,
        caplog: pytest.LogCaptureFixture,
        diagnose: Callable[[ConfigEntry[Any]], Awaitable[Any]],
    ) -> None:
        """Begin to listen."""
        self.hass = hass
        self._caplog = caplog
        self._diagnose = diagnose
        self.heard: list[str] = []
        hass.bus.async_listen(MATCH_ALL, self._event)

    @callback
    def _event(self, event: Event[Any]) -> None:
        self.heard.append(f"event {_text(event.as_dict())}")

    def look(self, entry: ConfigEntry[Any]) -> None:
        """Note everything that can be looked at now."""
        hass = self.hass
        self.heard += (f"state {_text(state.as_dict())}" for state in hass.states.async_all())
        self.heard += (
            f"issue {_text(issue.to_json())} {issue.translation_placeholders}"
            for issue in ir.async_get(hass).issues.values()
        )
        told = (entry.title, entry.reason, entry.error_reason_translation_placeholders)
        self.heard.append(f"entry {told} {_text(dict(entry.options))}")
        # A repair or a form in the making is told to whoever is signed in.
        flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        self.heard += (f"flow {_text(dict(flow['context']))}" for flow in flows)
        entities = er.async_get(hass)
        devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        self.heard += (f"device {_text(item.dict_repr)}" for item in devices)
        self.heard += (f"entity {_text(item.extended_dict)}" for item in entities.entities.values())

    async def everything(self, entry: ConfigEntry[Any]) -> set[str]:
        """Return all that was heard, the diagnostics and the log with all traces."""
        formatter = logging.Formatter()
        return {
            *self.heard,
            f"diagnostics {_text(await self._diagnose(entry))}",
            *(
                f"log {record.levelname} {record.name} {formatter.format(record)}"
                for phase in ("setup", "call")
                for record in self._caplog.get_records(phase)
            ),
        }


def _text(told: Any) -> str:
    return json.dumps(told, cls=JSONEncoder, ensure_ascii=False, default=repr)


class Links:
    """Collects the signatures of all links that the cloud ever handed out."""

    def __init__(self, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """Look over the simulator's shoulder."""
        self.signatures: set[str] = set()
        links = simulator._links  # noqa: SLF001 - where each link is signed

        def handed_out(*args: Any) -> dict[str, object]:
            answer = links(*args)
            self.signatures |= set(_SIGNATURE.findall(json.dumps(answer).replace('"', " ")))
            return answer

        monkeypatch.setattr(simulator, "_links", handed_out)


@pytest.fixture
def house(fleet: Fleet) -> Fleet:
    """Return an account with an open alarm."""
    site = fleet.add_site("Apotheke Köln")
    fridge = fleet.add_logger(site, "Kühlschrank", limits=band("Temperature", alarm=(2.0, 8.0)))
    fridge.sensors[0].channels[0].hold(START - 90 * MINUTE, START + 90 * MINUTE, 12.5)
    fleet.add_logger(site, "Klima", kind=Kind.CLIMATE)
    return fleet


def spellings(secrets: set[str]) -> set[str]:
    """Return the secrets as they are and as an address or JSON would hold them."""
    return {
        spelling
        for secret in secrets
        for spelling in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1])
    }


@pytest.fixture
def ear(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_admin_user: MockUser,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Ear:
    """Return what listens to everything, from the very beginning."""
    caplog.set_level(logging.DEBUG)
    for name in ("homeassistant", "aiohttp", "asyncio", f"custom_components.{DOMAIN}"):
        caplog.set_level(logging.DEBUG, name)
    # These belong to the test harness: it logs what a real store writes to its private file.
    for name in ("pytest_homeassistant_custom_component.common", "aiohttp.access"):
        monkeypatch.setattr(logging.getLogger(name), "disabled", True)

    async def diagnose(entry: ConfigEntry[Any]) -> Any:
        # A token lives for half an hour of the test's time.
        login = await hass.auth.async_create_refresh_token(hass_admin_user, CLIENT_ID)
        signed_in = partial(hass_client, hass.auth.async_create_access_token(login))
        return await get_diagnostics_for_config_entry(hass, signed_in, entry)

    return Ear(hass, caplog, diagnose)


async def suffer(world: World, ear: Ear, entry: ConfigEntry[Any]) -> None:
    """Go through every fault, long enough for each cycle, and the way back."""
    flows = world.hass.config_entries.flow
    for switches in faults():
        for name, value in switches.items():
            setattr(world.faults, name, value)
        await world.advance(16 * MINUTE, step=16 * MINUTE)
        ear.look(entry)
        for name, value in Faults(run_time=0).plain().items():
            setattr(world.faults, name, value)
        await world.advance(35 * MINUTE, step=35 * MINUTE)
        for flow in flows.async_progress_by_handler(DOMAIN):
            flows.async_abort(flow["flow_id"])


async def restart(world: World, ear: Ear, entry: ConfigEntry[Any]) -> None:
    """Load the account anew while nothing works, then while everything does."""
    for broken in (True, False):
        world.faults.connection_reset = broken
        await world.hass.config_entries.async_reload(entry.entry_id)
        await world.settle()
        ear.look(entry)


async def renew(world: World, ear: Ear, entry: ConfigEntry[Any]) -> None:
    """Revoke the key and type a wrong one, then the new one."""
    flows = world.hass.config_entries.flow
    world.simulator.keys = (NEW_KEY,)
    await world.advance(20 * MINUTE)
    ear.look(entry)
    (flow,) = flows.async_progress_by_handler(DOMAIN)
    result = await flows.async_configure(flow["flow_id"])
    result = await world.submit(result, {"api_key": WRONG_KEY})
    assert result["errors"] == {"base": "invalid_auth"}
    result = await world.submit(result, {"api_key": NEW_KEY})
    assert result["reason"] == "reauth_successful"
    await world.settle()
    await world.advance(20 * MINUTE)
    assert entry.state is ConfigEntryState.LOADED
    ear.look(entry)


@pytest.mark.expect_warnings
async def test_no_secret_is_told_by_anything(
    world: World, house: Fleet, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = Links(world.simulator, monkeypatch)
    world.simulator.keys = (FIRST_KEY,)
    result = await world.start_flow()
    for key in (WRONG_KEY, NO_LICENCE_KEY):
        result = await world.submit(result, world.typed(api_key=key))
        assert result["type"] is FlowResultType.FORM
    result = await world.submit(result, world.typed())
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    await world.settle()
    await suffer(world, ear, entry)
    await restart(world, ear, entry)
    await renew(world, ear, entry)
    assert world.value(f"{house.tenant_uuid}_cloud") == "on"
    heard = await ear.everything(entry)

    # What was listened to is worth it.
    assert len(links.signatures) > 100
    assert all(_LIKE_A_SIGNATURE.fullmatch(signature) for signature in links.signatures)
    assert {text.partition(" ")[0] for text in heard} == {
        *("event", "state", "issue", "entry", "flow", "device", "entity", "diagnostics", "log"),
    }
    for level in ("DEBUG", "ERROR"):
        assert any(text.startswith(f"log {level} custom_components.{DOMAIN}") for text in heard)
    secrets = spellings({FIRST_KEY, WRONG_KEY, NO_LICENCE_KEY, NEW_KEY, "X-Amz-"})
    told = [
        text[:300]
        for text in heard
        if any(secret in text for secret in secrets)
        or not links.signatures.isdisjoint(_LIKE_A_SIGNATURE.findall(text))
    ]
    assert not told, told


@pytest.mark.expect_warnings
async def test_the_key_goes_to_the_interface_alone(world: World, house: Fleet) -> None:
    world.faults.on = {"download": {"key_on_link": "refuse"}}
    await world.add_account()
    await world.advance(20 * MINUTE)

    downloads = [record for record in world.simulator.requests if record.host == "files"]
    assert downloads
    for record in world.simulator.requests:
        assert world.simulator.api_key not in record.path
        assert world.simulator.api_key not in json.dumps(record.body)
        carries = world.simulator.api_key in record.headers.values()
        assert carries is (record.host == "api")
    assert house.devices
