"""Neither the password nor a token leaves the account, whatever happens."""

import logging
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE
from tests.integration.telling import A_TOKEN, lines_of, listen, text
from tests.simulator import Logger

from .conftest import SaverisWorld

PASSWORD, NEW_PASSWORD = "p4ss W0rd/+=%", "an0ther \N{SNOWMAN} one"


@pytest.mark.expect_warnings
@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"on": {"token": {"server_error": 500}}},
        {"on": {"token": {"html": True}}},
        {"on": {"token": {"connection_reset": True}}},
        {"login_status": 401},
        {"token_name": "token"},
        {"on": {"alarms": {"gateway_problem": "EXPIRED_TOKEN"}}},
        {"on": {"alarms": {"unauthorized": True}}},
        {"on": {"equipments": {"refused": 403}}},
    ],
    ids=str,
)
async def test_nothing_secret_is_told(
    hass: HomeAssistant,
    world: SaverisWorld,
    logger: Logger,
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, Any],
) -> None:
    assert logger.serial
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    listen(hass, told)
    world.simulator.users[world.simulator.username] = PASSWORD
    entry = await world.add_account(password=PASSWORD)
    hass.config_entries.async_update_entry(entry, options={"push": True})
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    world.faults.set(fault)
    world.simulator.users[world.simulator.username] = NEW_PASSWORD
    world.simulator.revoke_tokens()
    await world.broker.cut()
    await world.advance(40 * MINUTE)
    told.append(text(await world.diagnostics(entry)))
    told += (text(state.as_dict()) for state in hass.states.async_all())
    told += (
        f"{issue.to_json()} {issue.translation_placeholders}"
        for issue in ir.async_get(hass).issues.values()
    )
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    told += (text(dict(flow["context"])) for flow in flows)
    told.append(f"{entry.title} {entry.reason} {dict(entry.options)}")
    told += lines_of(caplog)
    every = "\n".join(told)
    assert len(every) > 10_000
    for secret in (PASSWORD, NEW_PASSWORD, world.simulator.username):
        assert secret not in every
    assert not A_TOKEN.search(every)
