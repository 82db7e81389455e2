"""Mending what an issue tells of: the form that does it opens right there."""

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.components.repairs.const import FlowType
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import probatio

from .const import DOMAIN


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


async def async_create_fix_flow(
    _hass: HomeAssistant, _issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that mends an issue."""
    told = data or {}
    step = told.get("step")
    return ReconfigureFlow(str(told["entry_id"]), None if step is None else str(step))
