"""What is sent back is what was read a moment before, spelt alike; else nothing is sent."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
import json
from typing import Any

from aiohttp import web
import pytest

from custom_components.testo_smart_connect.clouds.device_management.cloud import (
    DeviceManagement,
    base_url,
)
from custom_components.testo_smart_connect.clouds.errors import BadDataError
from custom_components.testo_smart_connect.clouds.managed import (
    Cycle,
    ManagedDevice,
    SettingsDifferError,
)
from custom_components.testo_smart_connect.kinds.base import Connection
from custom_components.testo_smart_connect.kinds.companion import connect
from tests.clouds.conftest import Maker, Patience

MS = timedelta(milliseconds=1)
SITE = "a/b & c=d#e?ü+%20\"'"
OBJECT = (
    '{"uuid": "u1", "serial_number": "90000101", "measuring_cycle": 900000, %s'
    '"capability": {"measuring_cycle_min": 60000, "communication_cycle_max": 86400000}}'
)


@dataclass
class Counter:
    """A cloud with one device, which tells exactly what is laid on it."""

    url: str = ""
    text: str = OBJECT % ""
    listed: str | None = None
    """What is told instead of the list of this device."""
    sites: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    tokens: int = 0
    before_put: Callable[[], web.Response | None] = lambda: None
    stored: Callable[[str], str] = str
    after_get: Callable[[], None] = lambda: None

    async def answer(self, request: web.Request) -> web.Response:
        """Answer, and take note."""
        body = await request.read()
        self.log.append(f"{request.method} {request.path}")
        if request.path == "/token":
            self.tokens += 1
            return web.json_response({"IdToken": f"token-{self.tokens}"})
        if request.headers["Authorization"] != f"Bearer token-{self.tokens}":
            return web.Response(status=401)
        self.sites.add(request.query["site"])
        if request.method == "GET":
            text = self.text
            if request.path == "/devices":
                text = f'{{"devices": {self.listed or f"[{text}]"}}}'
            self.after_get()
            return web.Response(text=text, content_type="application/json")
        if (refusal := self.before_put()) is not None:
            return refusal
        self.sent.append(body)
        self.text = self.stored(body.decode())
        return web.Response()


@pytest.fixture
async def counter(
    socket_enabled: None,  # noqa: ARG001  it allows sockets
) -> AsyncGenerator[Counter]:
    made = Counter()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
def management(
    counter: Counter, client: Maker, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> DeviceManagement:
    monkeypatch.setattr("custom_components.testo_smart_connect.kinds.base.sleep", patience)
    monkeypatch.setattr(Connection, "now", lambda _: patience.clock.now())
    data: dict[str, Any] = {"username": "u", "password": "p", "environment": "p"}
    data["base_url"] = counter.url
    made = connect(Connection(session=client.session, data=data), "eu")
    assert isinstance(made, DeviceManagement)
    return made


async def change(management: DeviceManagement, minutes: int = 20) -> ManagedDevice:
    (device,) = await management.devices(SITE)
    value = timedelta(minutes=minutes)
    return await management.set_cycle(SITE, device, Cycle.MEASURING, value, MS)


@pytest.mark.parametrize(
    "extra",
    [
        '"a": 1.0, "b": 0.1, "c": -1, "d": 9007199254740993, "e": 18446744073709551615, ',
        '"a": "Kühlschrank \\ud83d\\ude00 \\u0000\\n", "ä ö": null, "": [], "x": {}, ',
        '"a": true, "b": [1, 1.0, false, "1"], "valid_from": "2026-07-01", ',
    ],
)
async def test_all_else_goes_back_as_it_came(
    counter: Counter, management: DeviceManagement, extra: str
) -> None:
    counter.text = before = OBJECT % extra
    await change(management)
    (sent,) = counter.sent
    expected = {**json.loads(before), "measuring_cycle": 1_200_000}
    assert repr(json.loads(sent)) == repr(expected)
    assert counter.sites == {SITE}


@pytest.mark.parametrize(
    "extra",
    [
        '"id": 18446744073709551616, ',
        '"id": {"of": [-123456789012345678901234567890]}, ',
        '"limit": 0.1234567890123456789012, ',
        '"limit": 1e400, ',
        '"name": "a", "name": "b", ',
        '"of": {"limit": 1, "limit": 2}, ',
    ],
)
async def test_what_cannot_be_sent_back_as_it_came_is_not_changed(
    counter: Counter, management: DeviceManagement, extra: str
) -> None:
    """Sent back, it would be another number, or one of two that were told."""
    counter.text = OBJECT % extra
    with pytest.raises(BadDataError):
        await change(management)
    assert not counter.sent


@pytest.mark.parametrize(
    "told",
    ['"serial_number": "90000102"', '"serial": "90000101"', '"serial_number": null'],
)
async def test_another_device_of_the_same_uuid_is_not_changed(
    counter: Counter, management: DeviceManagement, told: str
) -> None:
    (device,) = await management.devices(SITE)
    counter.text = counter.text.replace('"serial_number": "90000101"', told)
    with pytest.raises(BadDataError):
        await management.set_cycle(SITE, device, Cycle.MEASURING, timedelta(minutes=20), MS)
    assert not counter.sent


async def test_what_was_read_is_not_kept_waiting(
    counter: Counter, management: DeviceManagement, patience: Patience
) -> None:
    """Two writes are five seconds apart: it is waited first, and read then."""
    slept: list[int] = []
    await change(management)
    counter.after_get = lambda: slept.append(len(patience.pauses))
    await change(management, 30)
    assert len(counter.sent) == 2
    assert sum(patience.pauses) == pytest.approx(5, abs=0.5)
    assert slept[1:] == [1, 1], "the pause is over before it is read"


async def test_a_token_that_is_revoked_in_the_middle(
    counter: Counter, management: DeviceManagement
) -> None:
    """It takes a login, and meanwhile somebody else may have changed something."""
    refusals = [web.Response(status=401)]

    def refuse() -> web.Response | None:
        if not refusals:
            return None
        counter.tokens += 1
        counter.text = counter.text.replace('"u1"', '"u1", "name": "Impfstoffe"')
        return refusals.pop()

    counter.before_put = refuse
    await change(management)
    (sent,) = counter.sent
    assert json.loads(sent)["name"] == "Impfstoffe"


async def test_a_token_that_ends_in_the_middle(
    counter: Counter, management: DeviceManagement, patience: Patience
) -> None:
    (device,) = await management.devices(SITE)
    passing = [timedelta(minutes=55)]
    counter.after_get = lambda: patience.clock.advance(passing.pop() if passing else timedelta())
    await management.set_cycle(SITE, device, Cycle.MEASURING, timedelta(minutes=20), MS)
    wrote = counter.log.index("PUT /devices/u1")
    assert counter.log[wrote - 1] == "GET /devices/u1", counter.log


async def test_a_third_value_stops(counter: Counter, management: DeviceManagement) -> None:
    """It was not taken as it was meant: perhaps in another unit."""
    counter.stored = lambda body: body.replace("1200000", "86400000")
    with pytest.raises(SettingsDifferError) as differs:
        await change(management)
    assert differs.value.names == ("measuring_cycle",)
    assert len(counter.sent) == 1


async def test_two_of_one_serial_are_not_changed(
    counter: Counter, management: DeviceManagement
) -> None:
    """Perhaps one is an old version: nobody knows which one counts."""
    counter.text += "," + counter.text.replace('"u1"', '"u2"')
    (device,) = await management.devices(SITE)
    assert (device.serial, device.cycles) == ("90000101", ())


@pytest.mark.parametrize(
    "stored",
    [lambda body: body.replace('"slots": [], ', ""), lambda body: '{"new": null, ' + body[1:]],
)
async def test_a_member_that_comes_or_goes_stops(
    counter: Counter, management: DeviceManagement, stored: Callable[[str], str]
) -> None:
    counter.text = OBJECT % '"slots": [], '
    counter.stored = stored
    with pytest.raises(SettingsDifferError) as differs:
        await change(management)
    assert differs.value.names in {("slots",), ("new",)}


async def test_an_answer_without_devices_is_no_empty_site(
    counter: Counter, management: DeviceManagement
) -> None:
    counter.listed = "null"
    with pytest.raises(BadDataError):
        await management.devices(SITE)


@pytest.mark.parametrize(
    ("told", "slots"),
    [
        ('[{"slot_index": 1, "connected": true}, {"slot_index": 0}]', [(1, True), (0, None)]),
        ('[{"slot_index": 0, "connected": true}, {"slot_index": 0}]', [(0, True)]),
        ('[{"slot_index": -1}, {"slot_index": null}, {}, 7, null]', []),
        ("{}", []),
    ],
)
async def test_slots_of_all_sorts(
    counter: Counter, management: DeviceManagement, told: str, slots: list[Any]
) -> None:
    counter.text = OBJECT % f'"sensors_connections": {told}, '
    (device,) = await management.devices(SITE)
    assert [(it.index, it.connected) for it in device.slots] == slots


def test_an_address_for_each_region_and_environment() -> None:
    assert base_url("am", "i") == "https://device-management-api.am.i.savr.saveris.net"
