"""One map from what a cloud reports to what a user is told."""

from homeassistant.exceptions import HomeAssistantError

from .clouds.errors import (
    AuthenticationError,
    CallsUsedUpError,
    CloudConnectionError,
    CloudError,
    LicenceError,
    RateLimitError,
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


def error_key(err: CloudError) -> str:
    """Return the translation key of an error, in forms as in messages."""
    return next((key for kind, key in _KEYS if isinstance(err, kind)), "cloud_error")


def cloud_failure(err: CloudError, maker: str) -> HomeAssistantError:
    """Return what an action raises where a cloud could not do something."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=error_key(err),
        translation_placeholders={"maker": maker, "detail": str(err)},
    )
