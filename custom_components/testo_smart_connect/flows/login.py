"""The form of a login, and the real read that proves it."""

import asyncio
from collections.abc import Container, Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
import probatio

from ..clouds.base import Cloud
from ..clouds.errors import CloudError
from ..const import CONF_BASE_URL, CONF_KIND, DOMAIN, LOGGER, REPOSITORY
from ..errors import error_key
from ..kinds.base import Connection, Kind
from ..kinds.first_look import Found, first_look
from ..kinds.sessions import create_session, shared
from .checking import visibly


class LoginSteps(ConfigFlow):
    """What every flow has that asks for a login; ``async_step_found`` goes on."""

    _kind: Kind
    _step: str
    """The form that is shown, and shown again if the check fails."""

    def __init__(self) -> None:
        """Start with an empty form."""
        self._typed: Mapping[str, Any] = {}
        self._data: dict[str, Any] = {}
        self._errors: dict[str, str] = {}
        self._kept_for: str | None = None
        """The address of one's own to which what is kept may be sent."""
        self._check: asyncio.Task[Found | str] | None = None
        self._found: Found | None = None

    async def _ask(
        self,
        kind: Kind,
        step: str,
        user_input: dict[str, Any] | None = None,
        known: Mapping[str, Any] | None = None,
        kept: Mapping[str, Any] | None = None,
    ) -> ConfigFlowResult:
        """Ask for what an account of a kind needs; only for its login if the rest is known.

        Secrets that are kept need not be typed again, unless they would go to a new address.
        """
        self._kind, self._step = kind, step
        kept = kept or {}
        if user_input is not None:
            self._typed = user_input
            same = {it: kept[it] for it in kept if not str(user_input.get(it) or "").strip()}
            self._data = {
                **(known or {CONF_KIND: kind.name}),
                **kind.data_of({**user_input, **same}),
            }
            self._errors = kind.errors(self._data)
            if same and not self._errors and self._data[CONF_BASE_URL] != self._kept_for:
                self._errors = dict.fromkeys(same, "secret_needed")
            if not self._errors:
                return await self.async_step_check()
        errors, self._errors = self._errors, {}
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(
                _without_need(kind.form(login_only=known is not None), kept),
                self._typed or kind.blank(),
            ),
            errors=errors,
            description_placeholders=self._words,
        )

    async def async_step_check(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Make a real read, while the form shows that it takes a while."""
        if self._check is None:
            self._check = self.hass.async_create_task(
                visibly(self._try()), f"{DOMAIN} account check"
            )
        if not self._check.done():
            return self.async_show_progress(
                step_id="check",
                progress_action="check",
                progress_task=self._check,
                description_placeholders=self._words,
            )
        outcome, self._check = self._check.result(), None
        if isinstance(outcome, Found):
            self._found = outcome
            return self.async_show_progress_done(next_step_id="found")
        self._errors = {"base": outcome}
        return self.async_show_progress_done(next_step_id=self._step)

    async def _try(self) -> Found | str:
        """Return what the account has, or the key of the error."""
        session = create_session(self.hass, auto_cleanup=False)
        try:
            cloud = self._kind.connect(
                Connection(session=session, data=self._data, shared=shared(self.hass))
            )
            found = await self._look(cloud)
        except CloudError as err:
            LOGGER.debug("The account could not be read: %s", err)
            return error_key(err)
        finally:
            session.detach()
        return "empty_account" if found.tenant is None else found

    async def _look(self, cloud: Cloud) -> Found:
        """Return what an account has; may raise a CloudError."""
        return await first_look(cloud)

    @property
    def _words(self) -> dict[str, str]:
        """Return what the texts of a kind are filled with."""
        return {
            # The texts add the page in their language.
            "repository": REPOSITORY,
            "maker": self._kind.maker,
            **self._kind.placeholders,
        }

    def _checked(self) -> Found:
        assert self._found is not None  # noqa: S101  the check comes before these steps
        return self._found


def _without_need(form: probatio.Schema, names: Container[str]) -> probatio.Schema:
    """Return a form in which some fields may stay empty."""
    return probatio.Schema(
        {
            probatio.Optional(marker.schema) if str(marker) in names else marker: field
            for marker, field in form.schema.items()
        }
    )
