"""Links are followed to object storage anywhere, and to nowhere else."""

import io

import pytest
from yarl import URL

from custom_components.testo_smart_connect.clouds.errors import BadDataError, CloudError
from custom_components.testo_smart_connect.clouds.http.bounds import LONGEST_LINK, MOST_REDIRECTS
from custom_components.testo_smart_connect.clouds.http.links import BadLinkError, checked
from custom_components.testo_smart_connect.clouds.http.transport import Transport
from custom_components.testo_smart_connect.clouds.jobs.smart_connect import base_url
from tests.clouds.conftest import Maker
from tests.clouds.desk import SIGNATURE, Desk, Said
from tests.clouds.reader import Reader, key_of

CLOUD = URL(base_url("eu"))
HERE = URL("http://127.0.0.1:8080")
NEARBY = URL("https://10.0.0.5/testo")

NO_ADDRESS = "the link is no web address"
PASSWORD = "the link holds a password"
PLAIN = "the link is not encrypted"
LOCAL = "the link leads into the local network"

GOOD = [
    f"https://bucket.s3.eu-central-1.amazonaws.com/a/b.json.gz?X-Amz-Signature={SIGNATURE}",
    "https://files.example:8443/a",
    "https://1.1.1.1/a",
    "https://[2606:4700::1111]/a",
    "https://1und1.de/a",
    "https://home.example/a",
    "https://notfritz.box/a",
]
BAD = [
    ("", NO_ADDRESS),
    ("/files/0", NO_ADDRESS),
    ("file:///etc/passwd", NO_ADDRESS),
    ("ftp://files.example/a", NO_ADDRESS),
    ("javascript:alert(1)", NO_ADDRESS),
    ("https://", NO_ADDRESS),
    ("https://host:port/", NO_ADDRESS),
    ("https://[::1", NO_ADDRESS),
    ("https://router.\uff4c\uff4f\uff43\uff41\uff4c/", NO_ADDRESS),
    ("https://\uff11\uff12\uff17.0.0.1/", NO_ADDRESS),
    ("https://a..example/", NO_ADDRESS),
    ("https://files.example/" + "a" * LONGEST_LINK, NO_ADDRESS),
    ("https://user:word@files.example/a", PASSWORD),
    ("https://user@files.example/a", PASSWORD),
    ("https://:word@files.example/a", PASSWORD),
    ("http://files.example/a", PLAIN),
    ("http://127.0.0.1/a", PLAIN),
    ("http://localhost/a", PLAIN),
    ("https://127.0.0.1/a", LOCAL),
    ("https://127.1/a", LOCAL),
    ("https://2130706433/a", LOCAL),
    ("https://0x7f.0.0.0x1/a", LOCAL),
    ("https://[::1]/a", LOCAL),
    ("https://[::ffff:192.168.0.1]/a", LOCAL),
    ("https://[fe80::1]/a", LOCAL),
    ("https://10.1.2.3/a", LOCAL),
    ("https://169.254.169.254/latest/meta-data", LOCAL),
    ("https://192.168.0.1/a", LOCAL),
    ("https://224.0.0.251/a", LOCAL),
    ("https://0.0.0.0/a", LOCAL),
    ("https://localhost/a", LOCAL),
    ("https://LOCALHOST./a", LOCAL),
    ("https://router/a", LOCAL),
    ("https://homeassistant.local:8123/a", LOCAL),
    ("https://nas.home/a", LOCAL),
    ("https://NAS.Home./a", LOCAL),
    ("https://nas.home.arpa/a", LOCAL),
    ("https://files.corp/a", LOCAL),
    ("https://files.intranet/a", LOCAL),
    ("https://nas.localdomain/a", LOCAL),
    ("https://fritz.box/a", LOCAL),
    ("https://NAS.FRITZ.BOX./a", LOCAL),
    ("https://speedport.ip/a", LOCAL),
    ("https://[64:ff9b::10.0.0.1]/a", LOCAL),
    ("https://[64:FF9B::a00:1]:8443/a", LOCAL),
    ("https://[64:ff9b:1::10.0.0.1]/a", LOCAL),
    ("https://[::10.0.0.1]/a", LOCAL),
    ("https://[::ffff:0:10.0.0.1]/a", LOCAL),
    ("https://[2002:a00:1::1]/a", LOCAL),
    ("https://[2001:0:4136:e378:8000:63bf:f5ff:fffe]/a", LOCAL),
    ("https://[fec0::1]/a", LOCAL),
    ("https://[fd12:3456::1]/a", LOCAL),
]


@pytest.mark.parametrize("link", GOOD)
@pytest.mark.parametrize("base", [CLOUD, HERE, NEARBY], ids=str)
def test_good_links_stay_as_they_are(link: str, base: URL) -> None:
    assert str(checked(link, base)) == link


@pytest.mark.parametrize(("link", "flaw"), BAD)
def test_bad_links(link: str, flaw: str) -> None:
    with pytest.raises(BadLinkError) as caught:
        checked(link, CLOUD)
    assert str(caught.value) == flaw


@pytest.mark.parametrize("link", ["http://127.0.0.1:1/a", "http://localhost/a", "http://[::1]/a"])
def test_this_machine_may_be_asked_by_an_account_on_it(link: str) -> None:
    assert str(checked(link, HERE)) == link
    with pytest.raises(BadLinkError, match=PLAIN):
        checked(link, NEARBY)
    with pytest.raises(BadLinkError, match=PLAIN):
        checked("http://10.0.0.5/a", HERE)
    assert checked("https://10.0.0.6/a", NEARBY)


def test_redirects_may_be_relative() -> None:
    at = URL("https://files.example/a/b?c")
    assert str(checked("d%2F?e=%7E", CLOUD, at)) == "https://files.example/a/d%2F?e=%7E"
    with pytest.raises(BadLinkError, match=PLAIN):
        checked("http://files.example/a", CLOUD, at)


async def test_a_cloud_cannot_make_the_client_ask_its_own_machine(
    client: Maker, desk: Desk
) -> None:
    transport = Transport(client.session, str(CLOUD), key_of("key"))
    for link in (desk.link(0), desk.link(0).replace("http:", "https:")):
        with pytest.raises(BadDataError, match=r"^download of alarms failed: the link ") as caught:
            await transport.download(link, io.BytesIO(), "alarms", 1)
        assert SIGNATURE not in str(caught.value)
    assert not desk.asked


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_few_redirects_are_followed(reader: Reader, desk: Desk, code: int) -> None:
    desk.put({"location_uuid": "a"})
    near = Said(status=code, headers={"Location": "0?x=%2F"})
    far = Said(status=code, headers={"Location": desk.link(0).replace("127.0.0.1", "localhost")})
    desk.next["download"] = [near, near, far]
    assert [it.id for it in await reader.locations()] == ["a"]
    assert [it.path for it in desk.asked[3:]] == ["/files/0?x=%2F"] * 2 + [
        f"/files/0?X-Amz-Signature={SIGNATURE}"
    ]


async def test_links_that_lead_in_circles(reader: Reader, desk: Desk) -> None:
    desk.put({})
    desk.next["download"] = [Said(status=307, headers={"Location": desk.link(0)})] * 100
    text = "^download of locations failed: more than 3 redirects$"
    with pytest.raises(BadDataError, match=text):
        await reader.locations()
    assert desk.steps().count("download") == 1 + MOST_REDIRECTS


@pytest.mark.parametrize(
    ("target", "flaw"),
    [
        (f"http://files.example/?{SIGNATURE}", PLAIN),
        (f"https://user:{SIGNATURE}@files.example/", PASSWORD),
        (f"gopher://files.example/{SIGNATURE}", NO_ADDRESS),
        (f"http://host:port/{SIGNATURE}", NO_ADDRESS),
    ],
)
async def test_a_redirect_to_where_no_link_may_lead(
    reader: Reader, desk: Desk, target: str, flaw: str
) -> None:
    desk.put({})
    desk.next["download"] = [Said(status=302, headers={"Location": target})]
    with pytest.raises(CloudError) as caught:
        await reader.locations()
    assert str(caught.value) == f"download of locations failed: {flaw}"
    assert desk.steps().count("download") == 1
