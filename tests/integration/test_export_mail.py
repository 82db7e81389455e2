"""A report is attached to a mail with Home Assistant's own action and arrives as it lies here."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from hashlib import sha256
from pathlib import Path
import socket
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import START, World
from tests.simulator import Fleet

SENDER, INSPECTOR = "fridge@example.org", "inspector@example.org"


class Mailbox:
    """Takes every mail."""

    def __init__(self) -> None:
        """Begin empty."""
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []

    async def handle_DATA(  # noqa: N802  aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail."""
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=modern)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
async def mailbox(
    socket_enabled: None,  # noqa: ARG001 - it allows sockets
) -> AsyncIterator[tuple[Mailbox, int]]:
    """Run a mail server; return what it takes, and its port."""
    box, loop = Mailbox(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, loop=loop), "127.0.0.1", 0)
    yield box, server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def add_mail(hass: HomeAssistant, port: int) -> str:
    """Set up Home Assistant's integration for mail, and return whom it writes to."""
    entry = MockConfigEntry(
        domain="smtp",
        title="Mail",
        data={
            "sender": SENDER,
            "sender_name": "Fridge",
            "server": "127.0.0.1",
            "port": port,
            "encryption": "none",
            "verify_ssl": False,
        },
        subentries_data=[
            ConfigSubentryDataWithId(
                data={},
                subentry_id="inspector",
                subentry_type="recipient",
                title="Inspector",
                unique_id=INSPECTOR,
            )
        ],
    )
    entry.add_to_hass(hass)
    assert await async_setup_component(hass, "smtp", {})
    await hass.async_block_till_done()
    (entity,) = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return entity.entity_id


@pytest.mark.expect_warnings  # Home Assistant's cameras miss a library here
async def test_a_report_arrives_by_mail(
    hass: HomeAssistant,
    world: World,
    fleet: Fleet,
    mailbox: tuple[Mailbox, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # No host name is looked up in tests, and Home Assistant's mail wants its own.
    monkeypatch.setattr(socket, "getfqdn", lambda *_: "home.example.org")
    hass.config.media_dirs = {"local": hass.config.path("media")}
    box, port = mailbox
    fleet.add_logger(fleet.add_site("Apotheke Köln"), "Kühlschrank", since=START - timedelta(9))
    await world.add_account()
    recipient = await add_mail(hass, port)
    actions: list[dict[str, Any]] = [
        {
            "action": f"{DOMAIN}.export_report",
            "data": {"period": "yesterday", "language": "de"},
            "response_variable": "report",
        },
        {
            "action": "smtp.send_message",
            "target": {"entity_id": recipient},
            "data": {
                "title": "Report",
                "message": "{{ report.files | count }} report",
                "attachments": [
                    {
                        "media_source": {
                            "media_content_id": "{{ report.files[0].media_content_id }}",
                            "media_content_type": "{{ report.files[0].media_content_type }}",
                        }
                    }
                ],
            },
        },
    ]
    assert await async_setup_component(hass, "script", {"script": {"send": {"sequence": actions}}})
    await hass.services.async_call("script", "send", blocking=True)
    (mail,) = box.mails
    assert box.recipients == [INSPECTOR]
    assert mail["Subject"] == "Report"
    (attached,) = mail.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    path = Path(hass.config.path("media")) / DOMAIN / str(attached.get_filename())
    content = attached.get_content()
    assert content.startswith(b"%PDF-")
    assert sha256(content).hexdigest() == await hass.async_add_executor_job(digest, path)


def digest(path: Path) -> str:
    """Return the sum of a file."""
    return sha256(path.read_bytes()).hexdigest()
