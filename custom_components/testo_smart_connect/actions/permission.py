"""Whether the user who takes an action may do so."""

from collections.abc import Iterable

from homeassistant.core import ServiceCall
from homeassistant.exceptions import Unauthorized, UnknownUser


async def check_entities(call: ServiceCall, entity_ids: Iterable[str | None], policy: str) -> None:
    """Raise Unauthorized if the user has no such right for all entities, None for a missing one.

    An automation may do everything.
    """
    if call.context.user_id is None:
        return
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context)
    if user.permissions.access_all_entities(policy):
        return
    for entity_id in entity_ids:
        if entity_id is None or not user.permissions.check_entity(entity_id, policy):
            raise Unauthorized(context=call.context, entity_id=entity_id, permission=policy)
