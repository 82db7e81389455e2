"""Mending what an issue tells of: the form that does it opens right there."""

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.components.repairs.const import FlowType
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import probatio

from .account.issues import async_show_issues
from .const import DOMAIN
from .kinds.companion import SETTINGS


class ReconfigureFlow(RepairsFlow):
    """Explains what to do and goes on with the form that changes the connection."""

    def __init__(self, entry_id: str, step: str | None) -> None:
        """Know the account, and what to choose where there is a choice."""
        self._entry_id = entry_id
        self._step = step

    async def async_step_init(self, _user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Explain, then open the form."""
        if user_input is not None:
            flows = self.hass.config_entries.flow
            form = await flows.async_init(
                DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": self._entry_id}
            )
            if self._step is not None:
                await flows.async_configure(form["flow_id"], {"next_step_id": self._step})
            # The issue stays until that has worked.
            return self.async_abort(
                reason="continues", next_flow=(FlowType.CONFIG_FLOW, form["flow_id"])
            )
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return self.async_show_form(
            step_id="confirm",
            data_schema=probatio.Schema({}),
            description_placeholders=issue.translation_placeholders if issue else None,
        )


class SettingsFixFlow(RepairsFlow):
    """Mends what is about a login for settings."""

    def __init__(self, entry_id: str, subentry_id: str, *, goes_on: bool) -> None:
        """Know the login; whether all that is to be done is to look."""
        self._entry_id = entry_id
        self._subentry_id = subentry_id
        self._goes_on = goes_on

    async def async_step_init(self, _user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Explain, then allow changes again or open the form of the login."""
        if user_input is not None:
            if self._goes_on:
                return self._allowed()
            form = await self.hass.config_entries.subentries.async_init(
                (self._entry_id, SETTINGS),
                context={"source": SOURCE_RECONFIGURE, "subentry_id": self._subentry_id},
            )
            return self.async_abort(
                reason="continues", next_flow=(FlowType.CONFIG_SUBENTRIES_FLOW, form["flow_id"])
            )
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return self.async_show_form(
            step_id="confirm",
            data_schema=probatio.Schema({}),
            description_placeholders=issue.translation_placeholders if issue else None,
        )

    def _allowed(self) -> RepairsFlowResult:
        """Allow changes again: somebody has looked."""
        entry = self.hass.config_entries.async_get_known_entry(self._entry_id)
        companion = entry.runtime_data.companions.get(self._subentry_id)
        if companion is not None:
            companion.go_on()
            async_show_issues(entry.runtime_data)
        return self.async_create_entry(data={})


async def async_create_fix_flow(
    _hass: HomeAssistant, _issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that mends an issue."""
    told = data or {}
    step = told.get("step")
    if subentry_id := told.get("subentry_id"):
        return SettingsFixFlow(str(told["entry_id"]), str(subentry_id), goes_on=step is not None)
    return ReconfigureFlow(str(told["entry_id"]), None if step is None else str(step))
