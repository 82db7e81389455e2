"""What every cloud offers, and the ways in which it can fail."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from ..history.batch import Batch
from ..monitoring.model import (
    DeviceStatus,
    Inventory,
    Limit,
    Location,
    Transition,
)


class CloudError(Exception):
    """A cloud could not do what was asked.

    The text says what was being done, for which resource, and what went wrong. It never
    holds a key, a link or a body that the cloud sent.
    """

    retry_after: float | None = None
    """The seconds to wait, where the cloud told them."""

    def __init__(self, doing: str, resource: str, cause: str) -> None:
        """Say what failed."""
        super().__init__(f"{doing} of {resource} failed: {cause}")
        self.doing = doing
        self.resource = resource
        self.cause = cause


class AuthenticationError(CloudError):
    """The key is missing, wrong, expired or belongs to another region (401)."""


class LicenceError(CloudError):
    """The key is good, but the account lacks a licence or permission (403)."""


class RefusedError(CloudError):
    """The cloud does not know or does not accept the request itself (400, 404, …)."""


class RateLimitError(CloudError):
    """The cloud asks to wait (429)."""

    def __init__(self, doing: str, resource: str, retry_after: float | None = None) -> None:
        """Keep the seconds to wait, where the cloud told them."""
        super().__init__(doing, resource, "the cloud asks to wait")
        self.retry_after = retry_after


class JobFailedError(CloudError):
    """The cloud accepted the job and then gave it up."""


class JobTimeoutError(CloudError):
    """The job was not finished within its time."""


class CloudConnectionError(CloudError):
    """The cloud was not reached, or answered with a fault of its own (5xx)."""


class ServerError(CloudConnectionError):
    """The cloud was reached and answered with a fault of its own (5xx)."""

    def __init__(
        self, doing: str, resource: str, cause: str, retry_after: float | None = None
    ) -> None:
        """Keep the seconds to wait, where the cloud told them."""
        super().__init__(doing, resource, cause)
        self.retry_after = retry_after


class BadDataError(CloudError):
    """The cloud delivered something that cannot be read."""


class TooLargeError(CloudError):
    """The cloud delivered more than any account has; the text names the limit."""


class Cloud(Protocol):
    """One account of one cloud. Every call may raise a ``CloudError``.

    Time windows are ``start <= time < end``, aware UTC. The reducers run in a worker
    thread and see the readings batch by batch, so that memory stays bounded however many
    there are.
    """

    async def inventory(self) -> Inventory:
        """Return all devices with their sensors and channels."""
        ...

    async def locations(self) -> tuple[Location, ...]:
        """Return the named places."""
        ...

    async def limits(self) -> tuple[Limit, ...]:
        """Return the configured limits."""
        ...

    async def status(self) -> dict[str, DeviceStatus]:
        """Return the newest status by device uuid."""
        ...

    async def transitions(self, start: datetime, end: datetime) -> tuple[Transition, ...]:
        """Return the alarm transitions of a window, unsorted, possibly repeated."""
        ...

    async def readings[T](
        self,
        start: datetime,
        end: datetime,
        reduce: Callable[[Iterable[Batch]], T],
        sensors: Iterable[str] | None = None,
        arrived_after: datetime | None = None,
    ) -> T:
        """Reduce the readings of a window, but none measured more than a day from now.

        Optionally those of some sensors alone, however many, or only what the cloud received
        after a moment; a cloud that cannot tell that apart raises ``RefusedError``.
        """
        ...
