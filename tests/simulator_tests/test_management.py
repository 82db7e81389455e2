"""Who may come into the Device Management cloud, and about which sites."""

from datetime import timedelta
import re
from typing import Any

import pytest

from tests.simulator import (
    CHALLENGE_USER,
    GOOD_PASSWORD,
    GOOD_USER,
    MANAGEMENT_PASSWORD,
    MANAGEMENT_USER,
    NO_LICENCE_USER,
    TOKENLESS_USER,
    Fleet,
    ManualClock,
)

from .conftest import HOUR, NOON, Client, Guest
from .management_client import Manager


def device_path(fleet: Fleet) -> str:
    """Return the path of the fridge."""
    return f"/devices/{fleet.logger('1001').uuid}"


# --- Signing in -----------------------------------------------------------------------------------


async def test_a_token_is_good_for_a_day(manager: Manager, clock: ManualClock) -> None:
    assert await manager.told("/devices")
    clock.advance(24 * HOUR - timedelta(seconds=1))
    assert await manager.told("/devices")
    clock.advance(timedelta(seconds=1))
    status, told = await manager.answer("GET", "/devices")
    assert (status, told["type"]) == (403, "EXPIRED_TOKEN")
    manager.cloud.faults.token_life = 60
    await manager.sign_in()
    clock.advance(timedelta(minutes=1))
    assert (await manager.answer("GET", "/devices"))[1]["type"] == "EXPIRED_TOKEN"


async def test_its_logins_are_its_own(manager: Manager, guest: Guest) -> None:
    cloud = manager.cloud
    assert (cloud.username, cloud.password) == (MANAGEMENT_USER, MANAGEMENT_PASSWORD)
    other = {"username": GOOD_USER, "password": GOOD_PASSWORD}
    status, told = await manager.answer("POST", "/token", other, site=None)
    assert (status, set(told)) == (400, {"Status", "Message"})
    manager.headers = guest.headers
    status, told = await manager.answer("GET", "/devices")
    assert (status, told["type"]) == (401, "UNAUTHORIZED")


async def test_odd_logins(manager: Manager) -> None:
    faults, good = manager.cloud.faults, manager.cloud.password

    async def ask(username: str, password: str) -> tuple[int, Any]:
        body = {"username": username, "password": password}
        return await manager.answer("POST", "/token", body, site=None)

    assert await ask(CHALLENGE_USER, good) == (200, {"IdToken": ""})
    assert await ask(TOKENLESS_USER, good) == (200, {})
    faults.login_status = 401
    assert (await ask(MANAGEMENT_USER, "wrong"))[0] == 401
    faults.token_name = "idToken"
    assert set((await ask(MANAGEMENT_USER, good))[1]) == {"idToken"}
    faults.empty_token = True
    assert (await ask(MANAGEMENT_USER, good))[1] == {"idToken": ""}
    assert (await manager.answer("POST", "/token", site=None))[0] == 400


async def test_a_user_without_permission(manager: Manager, fleet: Fleet) -> None:
    await manager.sign_in(NO_LICENCE_USER)
    for method, path in (
        ("GET", "/devices"),
        ("GET", "/connect-keys"),
        ("POST", "/connect-keys"),
        ("PUT", device_path(fleet)),
    ):
        status, told = await manager.answer(method, path)
        assert (status, told["type"]) == (403, "ACCESS_DENIED")
    assert manager.cloud.writes == []


# --- Sites and connect keys -----------------------------------------------------------------------


async def test_a_site_is_needed_and_must_be_known(manager: Manager, fleet: Fleet) -> None:
    for method, path in (
        ("GET", "/devices"),
        ("POST", "/connect-keys"),
        ("PUT", device_path(fleet)),
    ):
        for missing in (None, " "):
            status, told = await manager.answer(method, path, site=missing)
            assert (status, told["type"]) == (400, "BAD_REQUEST_PARAMETERS")
    for path in ("/devices", "/connect-keys"):
        status, told = await manager.answer("GET", path, site="elsewhere")
        assert (status, told["type"]) == (403, "ACCESS_DENIED")
    assert len(fleet.sites) == 2


@pytest.mark.parametrize(("way", "found"), [("both", "12"), ("uuid", "1"), ("name", "2")])
async def test_what_a_site_is_called(manager: Manager, fleet: Fleet, way: Any, found: str) -> None:
    manager.cloud.odd.sites_by = way
    first = fleet.sites[0]
    for key, name in (("1", first.id), ("2", first.name)):
        status, told = await manager.answer("GET", "/devices", site=name)
        assert status == (200 if key in found else 403)
        if status == 200:
            assert [it["serial_number"] for it in told["devices"]] == ["1001", "2001"]
            sites = {it["customer_site"] for it in told["devices"]}
            assert sites == {first.name if way == "name" else first.id}
        assert (await manager.answer("POST", "/connect-keys", site=name))[0] == status
    assert len(fleet.sites) == 2


@pytest.mark.parametrize("way", ["both", "uuid", "name"])
async def test_a_new_site(
    manager: Manager, client: Client, fleet: Fleet, clock: ManualClock, way: Any
) -> None:
    """Creating its key makes it; it is known by its name from then on."""
    clock.advance(HOUR)
    manager.cloud.odd.sites_by = way
    status, told = await manager.answer("POST", "/connect-keys", site="Annex")
    assert (status, list(told), told["site"]) == (200, ["site", "connect_key"], "Annex")
    assert re.fullmatch(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", told["connect_key"])
    site = fleet.sites[-1]
    assert (site.name, site.since) == ("Annex", NOON + HOUR)
    assert manager.cloud.connect_keys == {site.id: told["connect_key"]}
    for method in ("POST", "GET"):
        assert await manager.answer(method, "/connect-keys", site="Annex") == (200, told)
    assert await manager.answer("GET", "/devices", site="Annex") == (200, {"devices": []})
    assert (await manager.answer("GET", "/devices", site=site.id))[0] == (
        403 if way == "name" else 200
    )
    assert "Annex" in {it["name"] for it in await client.rows("/v1/locations")}
    assert [it.site for it in manager.cloud.writes] == ["Annex", "Annex"]


async def test_connect_keys_of_old_sites(manager: Manager, fleet: Fleet) -> None:
    odd, (first, second) = manager.cloud.odd, fleet.sites
    odd.without_keys = True
    assert (await manager.answer("GET", "/connect-keys"))[0] == 404
    odd.without_keys = False
    key = (await manager.told("/connect-keys"))["connect_key"]
    other = (await manager.answer("GET", "/connect-keys", site=second.name))[1]
    assert other == {"site": second.name, "connect_key": manager.cloud.connect_keys[second.id]}
    assert key != other["connect_key"]
    odd.key_name = "account_id"
    for method in ("GET", "POST"):
        told = (await manager.answer(method, "/connect-keys"))[1]
        assert told == {"site": first.id, "account_id": key}
