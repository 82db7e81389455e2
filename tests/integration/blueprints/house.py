"""A house with automations made of blueprints, its loggers and its phones."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from homeassistant.components.automation.helpers import async_get_blueprints
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import dump
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, World
from tests.simulator import Channel, Fleet, Kind, Logger, Site, band

ROOT = Path(__file__).parents[3]
FOLDER = Path("blueprints/automation/testo_smart_connect")
ALARM = "cold_storage_alarm.yaml"
DIGEST = "logger_offline_battery_digest.yaml"
MONTHLY = "monthly_report.yaml"
TEN = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
"""A Wednesday, noon in Berlin."""
HOUR = timedelta(hours=1)
PHONES = ("anna", "ben")


class House:
    """A house with automations made of blueprints, and what they sent."""

    def __init__(self, hass: HomeAssistant, world: World) -> None:
        """Listen to all actions that a message could take."""
        self.hass = hass
        self.world = world
        self.phone = async_mock_service(hass, "notify", "phone")
        self.boss = async_mock_service(hass, "notify", "boss")
        self.quiet = async_mock_service(hass, "notify", "quiet")
        self.siren = async_mock_service(hass, "siren", "turn_off")
        self.default = async_mock_service(hass, "notify", "persistent_notification")
        self.automations: list[dict[str, Any]] = []

    async def use(self, blueprint: str, **inputs: Any) -> None:
        """Make an automation of a blueprint, as the editor does."""
        self.automations.append(
            {
                "id": str(len(self.automations)),
                "alias": f"Automation {len(self.automations)}",
                "use_blueprint": {"path": f"testo_smart_connect/{blueprint}", "input": inputs},
            }
        )
        await self.load()

    async def load(self, *, empty: bool = False) -> None:
        """Load the automations anew, or none."""
        automations = [] if empty else self.automations
        path = Path(self.hass.config.path("configuration.yaml"))
        await self.hass.async_add_executor_job(path.write_text, dump({"automation": automations}))
        if "automation" in self.hass.config.components:
            await self.hass.services.async_call("automation", "reload", blocking=True)
        else:
            assert await async_setup_component(self.hass, "automation", {"automation": automations})
        await self.world.settle()
        states = {state.state for state in self.hass.states.async_all("automation")}
        assert empty or states <= {"on"}

    async def watch(self, target: dict[str, Any] | Logger, **inputs: Any) -> None:
        """Use the alarm blueprint with a phone, a boss and a quiet place."""
        chosen = self.device(target.serial) if isinstance(target, Logger) else target
        await self.use(
            ALARM,
            **{
                "loggers": chosen,
                "notify_actions": [say("phone")],
                "escalation_actions": [say("boss")],
                "include_late": True,
                "late_actions": [say("quiet")],
                **inputs,
            },
        )

    async def follow(self, *loggers: Logger, **inputs: Any) -> None:
        """Use the blueprint for silent loggers and batteries."""
        ids = [self.device(logger.serial)["device_id"] for logger in loggers]
        target = {"device_id": ids}
        await self.use(DIGEST, **{"loggers": target, "notify_actions": [say("phone")], **inputs})

    async def blueprint(self, name: str) -> Blueprint:
        """Return a blueprint as Home Assistant reads it."""
        await self.load()
        found = await async_get_blueprints(self.hass).async_get_blueprints()
        blueprint = found[f"testo_smart_connect/{name}"]
        assert isinstance(blueprint, Blueprint), blueprint
        return blueprint

    def device(self, serial: str) -> dict[str, str]:
        """Return a logger as the target of an automation."""
        return {"device_id": self.world.device_id(serial)}

    def alarm(self, logger: Logger) -> dict[str, Any]:
        """Return the attributes of the alarm of the first channel of a logger."""
        unique_id = f"{logger.serial}_{logger.sensors[0].serial}_1_alarm"
        return dict(self.world.state(unique_id).attributes)

    async def restart(self, entry: ConfigEntry[Any], away: timedelta = 3 * MINUTE) -> None:
        """Stop account and automations, let time pass, and start both again."""
        assert await self.hass.config_entries.async_unload(entry.entry_id)
        await self.load(empty=True)
        await self.world.advance(away)
        await self.load()
        assert await self.hass.config_entries.async_setup(entry.entry_id)
        await self.world.settle()

    async def act(self, action: str, serial: str, **data: Any) -> None:
        """Take one of the actions of the integration for a logger."""
        await self.hass.services.async_call(
            DOMAIN, action, {**self.device(serial), **data}, blocking=True
        )
        await self.world.settle()


def add_fridge(fleet: Fleet, site: Site, name: str) -> Logger:
    """Add a fridge with limits."""
    return fleet.add_logger(
        site,
        name,
        kind=Kind.TEMPERATURE,
        measuring=5 * MINUTE,
        communication=5 * MINUTE,
        limits=band("Temperature", warning=(-40, 40), alarm=(-50, 50)),
    )


def add_probes(fleet: Fleet) -> Logger:
    """Add a logger with two probes, at a site of its own."""
    return fleet.add_logger(
        fleet.add_site("Labor"),
        "Schrank",
        kind=Kind.PROBES,
        measuring=5 * MINUTE,
        communication=5 * MINUTE,
        limits=band("Temperature", alarm=(-50, 50)),
    )


def probe(logger: Logger) -> Channel:
    """Return the only channel of a logger."""
    return logger.sensors[0].channels[0]


def heat(logger: Logger, start: timedelta, end: timedelta = 40 * HOUR, to: float = 60.0) -> None:
    """Let a fridge be too warm; the alarm comes ten minutes after the start."""
    probe(logger).hold(TEN + start, TEN + end, to)


def say(target: str) -> dict[str, Any]:
    """Return the action that sends a message, with all a user may refer to."""
    data = {"title": "{{ title }}", "message": "{{ message }}", "data": {"kind": "{{ kind }}"}}
    return {"action": f"notify.{target}", "data": data}


def kinds(calls: list[ServiceCall]) -> list[str]:
    """Return what each message was about."""
    return [call.data["data"]["kind"] for call in calls]


def titles(calls: list[ServiceCall]) -> list[str]:
    """Return the titles of the messages."""
    return [call.data["title"] for call in calls]


def area(world: World, site: Site) -> str:
    """Return the area that was suggested for a site."""
    found = ar.async_get(world.hass).async_get_area_by_name(site.name)
    assert found is not None
    return found.id


def phone_ids(hass: HomeAssistant) -> list[str]:
    """Register the phones as the companion app does, and return their devices."""
    ids = []
    for name in PHONES:
        entry = MockConfigEntry(domain="mobile_app", title=name)
        entry.add_to_hass(hass)
        device = dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={("mobile_app", name)}, name=name.title()
        )
        ids.append(device.id)
    return ids


async def press(hass: HomeAssistant, world: World, call: ServiceCall, title: str, by: str) -> None:
    """Press a button of a message, as the app tells Home Assistant (webhook `fire_event`)."""
    (action,) = (it["action"] for it in call.data["data"]["actions"] if it["title"] == title)
    hass.bus.async_fire(
        "mobile_app_notification_action",
        {"action": action, "message": call.data["message"], "tag": call.data["data"]["tag"]},
        context=Context(user_id=by),
    )
    await world.settle()
