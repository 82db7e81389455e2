"""What a token tells of the account that it opens. Facts: Saveris 2 reference, part 3."""

from base64 import urlsafe_b64decode
import binascii

import orjson

from ..fields import RowError, identifier


def tenant_of(token: str) -> str | None:
    """Return whose account it is, None where the token does not say so.

    Its signature is not looked at: the cloud does that.
    """
    _, _, rest = token.partition(".")
    payload, _, _ = rest.partition(".")
    try:
        claims = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return identifier(claims, "mandantUuid", "sub") if isinstance(claims, dict) else None
    except binascii.Error, ValueError, RowError:
        return None
