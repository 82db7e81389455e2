"""Mending what an issue tells of: the form that does it opens right there."""

from abc import abstractmethod
from typing import override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.components.repairs.const import FlowType
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import probatio

from .account.issues import async_show_issues
from .account.settings_logins import go_on
from .const import DOMAIN
from .kinds.companion import SETTINGS


class ConfirmFlow(RepairsFlow):
    """Explains what to do, and goes on once that is confirmed."""

    async def async_step_init(self, _user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Explain, then go on."""
        if user_input is not None:
            return await self.go_on()
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return self.async_show_form(
            step_id="confirm",
            data_schema=probatio.Schema({}),
            description_placeholders=issue.translation_placeholders if issue else None,
        )

    @abstractmethod
    async def go_on(self) -> RepairsFlowResult:
        """Do what was confirmed."""

    def to_form(self, kind: FlowType, flow_id: str) -> RepairsFlowResult:
        """Go on with a form; the issue stays until that has worked."""
        return self.async_abort(reason="continues", next_flow=(kind, flow_id))


class ReconfigureFlow(ConfirmFlow):
    """Goes on with the form that changes the connection."""

    def __init__(self, entry_id: str, step: str | None) -> None:
        """Know the account, and what to choose where there is a choice."""
        self._entry_id = entry_id
        self._step = step

    @override
    async def go_on(self) -> RepairsFlowResult:
        """Open the form."""
        flows = self.hass.config_entries.flow
        form = await flows.async_init(
            DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": self._entry_id}
        )
        if self._step is not None:
            await flows.async_configure(form["flow_id"], {"next_step_id": self._step})
        return self.to_form(FlowType.CONFIG_FLOW, form["flow_id"])


class OfLoginFlow(ConfirmFlow):
    """Is about a login for settings."""

    def __init__(self, entry_id: str, subentry_id: str) -> None:
        """Know the login."""
        self._entry_id = entry_id
        self._subentry_id = subentry_id


class SettingsLoginFlow(OfLoginFlow):
    """Goes on with the form of a login for settings."""

    @override
    async def go_on(self) -> RepairsFlowResult:
        """Open the form."""
        form = await self.hass.config_entries.subentries.async_init(
            (self._entry_id, SETTINGS),
            context={"source": SOURCE_RECONFIGURE, "subentry_id": self._subentry_id},
        )
        return self.to_form(FlowType.CONFIG_SUBENTRIES_FLOW, form["flow_id"])


class ChangesFlow(OfLoginFlow):
    """Allows changes of settings again: somebody has looked."""

    @override
    async def go_on(self) -> RepairsFlowResult:
        """Allow them."""
        entry = self.hass.config_entries.async_get_known_entry(self._entry_id)
        go_on(entry.runtime_data, self._subentry_id)
        async_show_issues(entry.runtime_data)
        return self.async_create_entry(data={})


async def async_create_fix_flow(
    _hass: HomeAssistant, _issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that mends an issue."""
    told = data or {}
    entry_id, step = str(told["entry_id"]), told.get("step")
    if subentry_id := told.get("subentry_id"):
        flow = SettingsLoginFlow if step is None else ChangesFlow
        return flow(entry_id, str(subentry_id))
    return ReconfigureFlow(entry_id, None if step is None else str(step))
