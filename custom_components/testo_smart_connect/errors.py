"""One map from what a cloud reports to what a user is told."""

from typing import Final

from homeassistant.exceptions import HomeAssistantError

from .clouds.errors import (
    AuthenticationError,
    CallsUsedUpError,
    CloudConnectionError,
    CloudError,
    LicenceError,
    RateLimitError,
    RefusedError,
    ServerError,
    SignInNeededError,
    TooLargeError,
)
from .const import DOMAIN

_KEYS: tuple[tuple[type[CloudError], str], ...] = (
    (SignInNeededError, "sign_in_needed"),
    (AuthenticationError, "invalid_auth"),
    (LicenceError, "no_permission"),
    (RateLimitError, "rate_limited"),
    (CallsUsedUpError, "calls_used_up"),
    (TooLargeError, "too_large"),
    (ServerError, "cloud_error"),
    (CloudConnectionError, "cannot_connect"),
)


_SENDS_NOTHING: Final = {"reading", "login"}
"""What is being done where nothing is changed."""
UNCLEAR: Final = "write_unclear"
"""The key where nobody knows whether something was done."""
_OF_WRITES: tuple[tuple[type[CloudError], str], ...] = (
    (SignInNeededError, "sign_in_needed"),
    (AuthenticationError, "invalid_auth"),
    (LicenceError, "write_not_allowed"),
    (RateLimitError, "write_rate_limited"),
    (RefusedError, "write_failed"),
)


def error_key(err: CloudError) -> str:
    """Return the translation key of an error, in forms as in messages."""
    return next((key for kind, key in _KEYS if isinstance(err, kind)), "cloud_error")


def write_key(err: CloudError) -> str:
    """Return the translation key of an error in something that nobody tries again.

    Whatever came back, or nothing: it may have been done all the same, unless it was refused, or
    failed while something was read before.
    """
    key = next((key for kind, key in _OF_WRITES if isinstance(err, kind)), UNCLEAR)
    return "write_failed" if key == UNCLEAR and err.doing in _SENDS_NOTHING else key


def write_failure(err: CloudError, maker: str) -> HomeAssistantError:
    """Return what is raised where a cloud could not be told to change something."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=write_key(err),
        translation_placeholders={"maker": maker, "detail": str(err)},
    )
