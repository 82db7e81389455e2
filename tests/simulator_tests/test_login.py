"""Who may come into the Saveris Data cloud, for how long, and what is said to the others."""

import base64
from datetime import timedelta
from typing import Any

import aiohttp
from aiohttp import web
import orjson
import pytest

from tests.simulator import (
    CHALLENGE_USER,
    GOOD_PASSWORD,
    GOOD_USER,
    NO_LICENCE_USER,
    TOKENLESS_USER,
    Faults,
    Fleet,
    ManualClock,
    SaverisDataSimulator,
)

from .conftest import NOON, Guest

LOCATIONS, MEASUREMENTS, EQUIPMENTS = "/v1/locations", "/v2/measurements", "/v4/equipments"
SECOND = timedelta(seconds=1)


def claims(token: str) -> dict[str, Any]:
    header, body, signature = token.split(".")
    assert signature
    assert orjson.loads(_decoded(header))["alg"] == "RS256"
    told: dict[str, Any] = orjson.loads(_decoded(body))
    return told


def _decoded(part: str) -> bytes:
    assert "=" not in part
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def test_a_token_says_whose_it_is_and_how_long(guest: Guest) -> None:
    first, second = await guest.sign_in(), await guest.sign_in()
    told = claims(first)
    assert told["cognito:username"] == guest.simulator.username == GOOD_USER
    assert told["iat"] == NOON.timestamp()
    assert told["exp"] == NOON.timestamp() + 3600
    assert first != second


@pytest.mark.parametrize("life", [1, 3600, 86_400])
async def test_a_token_ends_when_it_says(
    guest: Guest, faults: Faults, clock: ManualClock, life: int
) -> None:
    faults.token_life = life
    token = await guest.sign_in()
    assert claims(token)["exp"] - NOON.timestamp() == life
    clock.advance(timedelta(seconds=life) - SECOND)
    assert (await guest.post(LOCATIONS))[0] == 200
    assert guest.simulator.token_user(token) == GOOD_USER
    clock.advance(SECOND)
    status, told = await guest.post(LOCATIONS)
    assert (status, told["type"], told["status"]) == (403, "EXPIRED_TOKEN", 403)
    assert guest.simulator.token_user(token) is None
    await guest.sign_in()
    assert (await guest.post(LOCATIONS))[0] == 200


async def test_a_token_that_does_not_say_when_it_ends(
    guest: Guest, faults: Faults, clock: ManualClock
) -> None:
    faults.token_without_exp = True
    assert "exp" not in claims(await guest.sign_in())
    clock.advance(timedelta(hours=1))
    assert (await guest.post(LOCATIONS))[1]["type"] == "EXPIRED_TOKEN"


@pytest.mark.parametrize("name", ["IdToken", "idToken", "id_token", "token", "access_token"])
async def test_other_names_of_the_token(guest: Guest, faults: Faults, name: str) -> None:
    faults.token_name = name
    _, told = await guest.ask({"username": GOOD_USER, "password": GOOD_PASSWORD})
    assert list(told) == [name]
    assert guest.simulator.token_user(told[name]) == GOOD_USER


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("login", [(GOOD_USER, "wrong"), ("nobody", GOOD_PASSWORD), ("", "")])
async def test_a_wrong_login(
    guest: Guest, faults: Faults, status: int, login: tuple[str, str]
) -> None:
    faults.login_status = status
    answer = await guest.ask({"username": login[0], "password": login[1]})
    assert answer == (status, {"Status": "Error", "Message": "Incorrect username or password."})


@pytest.mark.parametrize("body", [[], "text", None, {}, {"username": GOOD_USER}])
async def test_a_login_that_is_none(guest: Guest, body: object) -> None:
    status, told = await guest.ask(body)
    assert (status, told["Status"], list(told)) == (400, "Error", ["Status", "Message"])


@pytest.mark.parametrize(
    "body", [{"username": [], "password": "x"}, {"username": 1, "password": 1}]
)
async def test_a_login_of_other_types(guest: Guest, body: object) -> None:
    assert (await guest.ask(body))[0] == 400


async def test_a_login_without_a_body(guest: Guest) -> None:
    async with guest.http.post(f"{guest.simulator.base_url}/v1/token") as response:
        assert (response.status, (await response.json())["Status"]) == (400, "Error")


async def test_a_challenge(guest: Guest) -> None:
    for user, answer in ((CHALLENGE_USER, {"IdToken": ""}), (TOKENLESS_USER, {})):
        assert await guest.ask({"username": user, "password": GOOD_PASSWORD}) == (200, answer)
        assert (await guest.ask({"username": user, "password": "wrong"}))[0] == 400


async def test_no_licence(guest: Guest) -> None:
    """The login is good, and everything else refused."""
    token = await guest.sign_in(NO_LICENCE_USER)
    assert guest.simulator.token_user(token) == NO_LICENCE_USER
    for status, told in (
        await guest.post(LOCATIONS),
        await guest.poll(LOCATIONS, "unknown"),
        await guest.at_once("/v1/tenants"),
    ):
        assert (status, told["type"]) == (403, "ACCESS_DENIED")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer nonsense", "Basic {}", "{}"])
async def test_a_header_that_opens_nothing(guest: Guest, header: str | None) -> None:
    token = await guest.sign_in()
    guest.headers = {} if header is None else {"Authorization": header.format(token)}
    for status, told in (
        await guest.post(LOCATIONS),
        await guest.poll(LOCATIONS, "unknown"),
        await guest.at_once("/v1/tenants"),
    ):
        assert (status, told["type"]) == (401, "UNAUTHORIZED")


async def test_the_key_of_the_other_cloud_opens_nothing(guest: Guest) -> None:
    guest.headers = {"x-custom-api-key": "simulator-good-key"}
    assert (await guest.post(LOCATIONS))[0] == 401


async def test_all_tokens_can_end_at_once(guest: Guest) -> None:
    """At any step; those that come later are good."""
    first, second = guest.headers, await guest.sign_in()
    _, submitted = await guest.post(LOCATIONS)
    guest.simulator.revoke_tokens()
    assert guest.simulator.token_user(second) is None
    for headers in (first, guest.headers):
        guest.headers = headers
        for status, told in (
            await guest.post(LOCATIONS),
            await guest.poll(LOCATIONS, submitted["request_uuid"]),
            await guest.at_once("/v1/tenants"),
        ):
            assert (status, told["type"]) == (403, "EXPIRED_TOKEN")
    await guest.sign_in()
    assert (await guest.poll(LOCATIONS, submitted["request_uuid"]))[1]["status"] == "Completed"


async def test_a_file_needs_no_token_and_takes_none(guest: Guest) -> None:
    (link,) = await guest.links(LOCATIONS)
    guest.simulator.revoke_tokens()
    assert (await guest.get(link))[0] == 200
    status, content = await guest.get(link, **guest.headers)
    assert (status, b"InvalidArgument" in content) == (400, True)


async def test_own_users(fleet: Fleet, guest: Guest) -> None:
    other = SaverisDataSimulator(fleet, users={"chef": "salt", "cook": "pepper"})
    await other.start()
    try:
        async with aiohttp.ClientSession() as http:
            visitor = Guest(http, other, {})
            assert (other.username, other.password) == ("chef", "salt")
            await visitor.sign_in()
            assert (await visitor.post(LOCATIONS))[0] == 200
            answers = [
                await visitor.ask({"username": user, "password": password})
                for user, password in (("cook", "pepper"), (GOOD_USER, "salt"))
            ]
            assert [status for status, _ in answers] == [200, 400]
            visitor.headers = guest.headers
            assert (await visitor.post(LOCATIONS))[0] == 401
    finally:
        await other.stop()


async def test_logins_are_recorded(guest: Guest) -> None:
    await guest.sign_in()
    logins = [it for it in guest.simulator.requests if it.path == "/v1/token"]
    assert [(it.method, it.status) for it in logins] == [("POST", 200)] * 2
    assert logins[0].body == {"username": GOOD_USER, "password": GOOD_PASSWORD}


async def test_faults_of_the_login_alone(guest: Guest, faults: Faults) -> None:
    faults.on = {"login": {"server_error": 500}}
    assert (await guest.ask({}))[0] == 500
    assert (await guest.post(LOCATIONS))[0] == 200
    faults.on = {}
    faults.only, faults.rate_limit = {"token"}, True
    assert (await guest.ask({}))[0] == 429
    assert (await guest.post(LOCATIONS))[0] == 200


@pytest.mark.parametrize(
    ("type_", "status"),
    [
        ("EXPIRED_TOKEN", 403),
        ("WAF_FILTERED", 403),
        ("ACCESS_DENIED", 403),
        ("REQUEST_TOO_LARGE", 413),
        ("AUTHORIZER_FAILURE", 500),
        ("INTEGRATION_TIMEOUT", 504),
    ],
)
async def test_problems_of_the_gateway(
    guest: Guest, faults: Faults, type_: Any, status: int
) -> None:
    """At one step, at every one before the files, or as often as wanted."""
    _, submitted = await guest.post(LOCATIONS)
    uuid = submitted["request_uuid"]
    faults.on = {"locations.poll": {"gateway_problem": type_}}
    assert (await guest.post(LOCATIONS))[0] == 200
    found, told = await guest.poll(LOCATIONS, uuid)
    assert (found, told["type"], told["status"]) == (status, type_, status)
    faults.on = {}
    (link,) = await guest.links(LOCATIONS)
    faults.gateway_problem = type_
    for answer in (
        await guest.ask({}),
        await guest.post(LOCATIONS),
        await guest.poll(LOCATIONS, uuid),
        await guest.at_once("/v1/tenants"),
    ):
        assert answer[0] == status
    assert (await guest.get(link))[0] == 200
    faults.fail_times = 1
    assert [(await guest.post(LOCATIONS))[0] for _ in range(2)] == [status, 200]


@pytest.mark.parametrize(
    ("status", "type_"),
    [(403, "ACCESS_DENIED"), (404, "RESOURCE_NOT_FOUND"), (400, "BAD_REQUEST_PARAMETERS")],
)
async def test_a_resource_that_is_refused_for_good(
    guest: Guest, faults: Faults, status: int, type_: str
) -> None:
    """As a job alone, or in every way; the others go on."""
    _, submitted = await guest.post(EQUIPMENTS)
    faults.on = {"equipments": {"refused_async": status}}
    for found, told in (
        await guest.post(EQUIPMENTS),
        await guest.poll(EQUIPMENTS, submitted["request_uuid"]),
    ):
        assert (found, told["type"]) == (status, type_)
    assert (await guest.at_once("/v1/equipments"))[0] == 200
    assert (await guest.post(LOCATIONS))[0] == 200
    faults.on = {"equipments": {"refused": status}}
    for found, told in (await guest.post(EQUIPMENTS), await guest.at_once("/v1/equipments")):
        assert (found, told["type"]) == (status, type_)
    assert (await guest.at_once("/v1/tenants"))[0] == 200
    assert (await guest.ask({"username": "", "password": ""}))[0] == 400


async def test_a_refused_resource_asks_for_the_token_first(guest: Guest, faults: Faults) -> None:
    faults.refused = 404
    guest.headers = {}
    assert (await guest.post(EQUIPMENTS))[0] == 401
    assert (await guest.at_once("/v1/equipments"))[0] == 401


@pytest.mark.parametrize(
    ("minutes", "strictly"), [(4, 400), (5, 200), (7 * 1440, 200), (7 * 1440 + 1, 400)]
)
async def test_strict_windows(guest: Guest, faults: Faults, minutes: int, strictly: int) -> None:
    start = NOON - timedelta(days=20)
    body = {
        "date_time_from": start.isoformat(),
        "date_time_until": (start + timedelta(minutes=minutes)).isoformat(),
    }
    assert (await guest.post(MEASUREMENTS, body))[0] == 200
    faults.strict_window = True
    status, told = await guest.post(MEASUREMENTS, body)
    assert status == strictly
    assert told["status"] == ("Error" if strictly == 400 else "Submitted")


async def test_more_can_be_served(data: SaverisDataSimulator, fleet: Fleet) -> None:
    """Whoever adds something of their own can tell whose a token is."""
    cloud = SaverisDataSimulator(fleet)

    async def echo(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(cloud.token_user(await socket.receive_str()) or "nobody")
        return socket

    cloud.extensions.append(lambda app: app.add_routes([web.get("/web-socket", echo)]))
    await cloud.start()
    try:
        async with aiohttp.ClientSession() as http:
            token = await Guest(http, cloud, {}).sign_in()
            for told, answer in ((token, GOOD_USER), ("nonsense", "nobody")):
                async with http.ws_connect(f"{cloud.base_url}/web-socket") as socket:
                    await socket.send_str(told)
                    assert await socket.receive_str() == answer
            assert cloud.requests[-1].path == "/web-socket"
            async with http.get(f"{data.base_url}/web-socket") as response:
                assert response.status == 403
    finally:
        await cloud.stop()


async def test_it_can_be_scripted_from_outside(guest: Guest) -> None:
    url = f"{guest.simulator.base_url}/admin"
    body = orjson.dumps({"users": {"chef": "salt"}})
    async with guest.http.put(f"{url}/users", data=body) as response:
        assert response.status == 200
    assert (guest.simulator.username, guest.simulator.password) == ("chef", "salt")
    assert (await guest.post(LOCATIONS))[0] == 200
    async with guest.http.delete(f"{url}/tokens") as response:
        assert response.status == 200
    assert (await guest.post(LOCATIONS))[1]["type"] == "EXPIRED_TOKEN"
    async with guest.http.put(f"{url}/keys", data=b"{}") as response:
        assert response.status == 405
