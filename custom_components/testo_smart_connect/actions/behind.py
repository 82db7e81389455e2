"""Who stands behind a call, also where a button on a phone started an automation."""

from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.helpers.http import current_request

from ..monitoring.report_model import AUTOMATION
from ..texts import text

_PRESSED = "mobile_app_notification_action"
"""What the companion app fires when somebody presses a button of a notification."""
_MOST = 100
"""Presses that are remembered: an automation acts within seconds."""


class Callers:
    """Who called: the context of an automation names its parent, but no user."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin to note who presses buttons of notifications."""
        self._hass = hass
        self._users: dict[str, str] = {}
        hass.bus.async_listen(_PRESSED, self._note)

    async def name_behind(self, context: Context) -> str:
        """Return the name of the user who stands behind a call."""
        user_id = context.user_id or self._users.get(context.parent_id or "")
        return await name_of(self._hass, user_id)

    @callback
    def _note(self, event: Event) -> None:
        if event.context.user_id is not None:
            self._users[event.context.id] = event.context.user_id
        if len(self._users) > _MOST:
            del self._users[next(iter(self._users))]


@callback
def who_asks() -> Context:
    """Return a context of the user whose request is being answered: a dialog has none itself."""
    request = current_request.get()
    user = request.get(KEY_HASS_USER) if request is not None else None
    return Context(user_id=user.id if user else None)


async def name_of(hass: HomeAssistant, user_id: str | None) -> str:
    """Return the name of a user."""
    user = await hass.auth.async_get_user(user_id) if user_id else None
    return (user.name if user else None) or AUTOMATION


async def shown_name(hass: HomeAssistant, name: str) -> str:
    """Return who stands behind a call as it stands in a sentence."""
    return await text(hass, AUTOMATION) if name == AUTOMATION else name
