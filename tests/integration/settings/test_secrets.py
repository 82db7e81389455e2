"""Password, token and connect keys of the second login stay where they belong."""

import logging
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.telling import A_TOKEN, lines_of, listen, text
from tests.simulator import Logger

from .conftest import HOUR, MINUTE, SettingsWorld

PASSWORD, NEW_PASSWORD = "p4ss W0rd/+=%", "an0ther \N{SNOWMAN} one"


@pytest.mark.expect_warnings
@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"server_error": 500},
        {"html": True},
        {"on": {"token": {"connection_reset": True}}},
        {"login_status": 401},
        {"unauthorized": True},
        {"forbidden": True},
        {"on": {"devices.write": {"refused": 400}}},
    ],
    ids=str,
)
async def test_nothing_secret_is_told(
    hass: HomeAssistant,
    world: SettingsWorld,
    fridge: Logger,
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, Any],
) -> None:
    caplog.set_level(logging.DEBUG)
    hass.config.components.add("logbook")
    told: list[str] = []
    listen(hass, told)
    world.management.users[world.management.username] = PASSWORD
    world.management.odd.spills = {"name": "Anders"}
    await world.add_login(password=PASSWORD)
    form = await world.go(await world.begin("onboard"), {"site": "Neu"})
    form = await world.go(form, {})
    key = form["description_placeholders"]["connect_key"]
    assert key in world.management.connect_keys.values()
    keys = [
        await hass.services.async_call(
            DOMAIN, action, {"site": site}, blocking=True, return_response=True
        )
        for action, site in (("get_connect_key", "Apotheke Köln"), ("create_site", "Bonn"))
    ]
    world.management.faults.set(fault)
    with pytest.raises(HomeAssistantError) as refused:
        await world.set_cycle(fridge, 20)
    told.append(f"{refused.value!r} {refused.value.translation_placeholders}")
    world.management.users[world.management.username] = NEW_PASSWORD
    world.management.revoke_tokens()
    await world.advance(3 * HOUR, step=5 * MINUTE)
    for action in ("get_connect_key", "create_site"):
        with pytest.raises(HomeAssistantError) as refused:
            await hass.services.async_call(
                DOMAIN, action, {"site": "Bonn"}, blocking=True, return_response=True
            )
        told.append(f"{refused.value!r} {refused.value.translation_placeholders}")
    told.append(text(await world.diagnostics(world.entry)))
    told += (text(state.as_dict()) for state in hass.states.async_all())
    told += (
        f"{issue.to_json()} {issue.translation_placeholders} {issue.data}"
        for issue in ir.async_get(hass).issues.values()
    )
    told += (f"{it.title} {it.unique_id}" for it in world.entry.subentries.values())
    told += lines_of(caplog)
    every = "\n".join(told)
    assert len(every) > 10_000
    for secret in (PASSWORD, NEW_PASSWORD, world.management.username, key):
        assert secret not in every
    # What an action answers is for who has called it, and for nobody else.
    for answer in keys:
        assert answer is not None
        assert str(answer["connect_key"]) not in every
    assert not A_TOKEN.search(every)
