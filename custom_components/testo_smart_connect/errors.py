"""One map from what a cloud reports to what a user is told."""

from .clouds.base import (
    AuthenticationError,
    CloudConnectionError,
    CloudError,
    LicenceError,
    RateLimitError,
    ServerError,
    TooLargeError,
)


def error_key(err: CloudError) -> str:
    """Return the translation key of an error, in forms as in messages."""
    match err:
        case AuthenticationError():
            return "invalid_auth"
        case LicenceError():
            return "no_permission"
        case RateLimitError():
            return "rate_limited"
        case TooLargeError():
            return "too_large"
        case ServerError():
            return "cloud_error"
        case CloudConnectionError():
            return "cannot_connect"
        case _:
            return "cloud_error"
