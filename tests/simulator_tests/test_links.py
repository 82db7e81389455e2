"""Download links are good for one hour, for what they mean, and without a key."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from yarl import URL

if TYPE_CHECKING:
    from tests.simulator import ManualClock

    from .conftest import Client

PATH = "/v1/locations"


async def test_good_link(client: Client) -> None:
    """A link is on a host of its own and may be used again."""
    (link,) = await client.links(PATH)
    assert URL(link).port != URL(client.simulator.base_url).port
    assert (await client.get(link))[0] == 200
    assert (await client.get(link))[0] == 200


@pytest.mark.parametrize(
    ("old", "new"), [("%7E", "~"), ("%2F", "/"), ("%2F", "%2f"), ("+", "%20"), ("host", "%68ost")]
)
async def test_another_spelling(client: Client, old: str, new: str) -> None:
    """What means the same has the same signature."""
    (link,) = await client.links(PATH)
    assert old in link
    assert (await client.get(link.replace(old, new)))[0] == 200


async def test_encoded_anew(client: Client) -> None:
    """A client may spell the query part as it does by itself."""
    (link,) = await client.links(PATH)
    async with client.http.get(link) as response:
        assert response.status == 200


@pytest.mark.parametrize(("old", "new"), [("%", "%25"), ("+", "%2B"), ("%7E", "%257E")])
async def test_encoded_twice(client: Client, old: str, new: str) -> None:
    """A client that encodes what is encoded breaks the signature."""
    (link,) = await client.links(PATH)
    assert old in link
    status, body = await client.get(link.replace(old, new))
    assert status == 403
    assert b"SignatureDoesNotMatch" in body


@pytest.mark.parametrize(("old", "new"), [("Expires=3600", "Expires=9999"), (".csv?", ".cs?")])
async def test_changed_link(client: Client, old: str, new: str) -> None:
    """Nothing in a link may be changed."""
    (link,) = await client.links(PATH)
    assert (await client.get(link.replace(old, new)))[0] == 403


async def test_expiry(client: Client, clock: ManualClock) -> None:
    """After an hour the link answers 403; polling gives a fresh one."""
    _, submitted = await client.post(PATH)
    uuid = submitted["request_uuid"]
    _, first = await client.poll(PATH, uuid)
    clock.advance(timedelta(seconds=3599))
    assert (await client.get(first["data_urls"][0]))[0] == 200
    clock.advance(timedelta(seconds=1))
    status, body = await client.get(first["data_urls"][0])
    assert status == 403
    assert b"expired" in body
    _, second = await client.poll(PATH, uuid)
    assert (await client.get(second["data_urls"][0]))[0] == 200


async def test_instant_expiry(client: Client) -> None:
    """A lifetime of 0 is over at once."""
    client.simulator.faults.link_lifetime = 0
    (link,) = await client.links(PATH)
    assert (await client.get(link))[0] == 403


@pytest.mark.parametrize("header", ["x-custom-api-key", "Authorization"])
async def test_key_on_link(client: Client, header: str) -> None:
    """A download that carries the key is refused unless told otherwise."""
    (link,) = await client.links(PATH)
    status, body = await client.get(link, **{header: "anything"})
    assert status == 400
    assert body.startswith(b"<?xml")
    client.simulator.faults.key_on_link = "ignore"
    assert (await client.get(link, **{header: "anything"}))[0] == 200


async def test_unknown_file(client: Client) -> None:
    """A path that never was a file is not found."""
    assert (await client.get(client.simulator.file_url + "/nothing"))[0] == 404


async def test_metadata(client: Client) -> None:
    """The metadata link works, too; its content is the engine's own."""
    _, submitted = await client.post(PATH)
    _, done = await client.poll(PATH, submitted["request_uuid"])
    status, content = await client.get(done["metadata_url"])
    assert status == 200
    assert b"\0" in content
