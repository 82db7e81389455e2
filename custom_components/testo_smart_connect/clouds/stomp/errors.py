"""What an ERROR frame means.

Facts: Saveris Data API reference, appendix A. Of what the broker says nothing is repeated,
as it may quote what it was sent.
"""

import re

from ..errors import (
    AuthenticationError,
    CloudError,
    LicenceError,
    RateLimitError,
    ServerError,
)
from ..http.bounds import LONGEST_WAIT
from .frames import Frame

_WAIT = re.compile(r"\b([0-9]{1,12}) ?ms\b")


class TooManyConnectionsError(CloudError):
    """Others are connected with the same account, as many as it may have."""


class QueueRefusedError(LicenceError):
    """The account lacks the permission or licence for one queue; the others may work."""

    def __init__(self, doing: str, resource: str, queue: str) -> None:
        """Name the queue as the account's subscriptions do."""
        super().__init__(doing, resource, "missing permission or licence")
        self.queue = queue


def meaning(frame: Frame, doing: str, resource: str, credential: str) -> CloudError:
    """Return the error that an ERROR frame tells; the credential is named if it is refused."""
    told = frame.headers.get("message") or frame.body.decode(errors="replace")
    code = frame.headers.get("error-code")
    if code == "max-connections-reached":
        return TooManyConnectionsError(doing, resource, "too many connections of this account")
    if code == "rate-limit-exceeded":
        return RateLimitError(doing, resource, _wait(told))
    if queue := frame.headers.get("queue"):
        return QueueRefusedError(doing, resource, queue.rpartition("/")[2])
    if "authorization" in told.casefold():
        return AuthenticationError(doing, resource, "the broker refuses it", credential)
    return ServerError(doing, resource, "the broker reports a fault")


def _wait(told: str) -> float | None:
    """Return the seconds to wait, a day at most."""
    found = _WAIT.search(told)
    return min(int(found[1]) / 1000, LONGEST_WAIT) if found else None
