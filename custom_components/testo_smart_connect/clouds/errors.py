"""The ways in which a cloud can fail."""

from ..monitoring.active import ActiveSet
from .report import Report


class CloudError(Exception):
    """A cloud could not do what was asked.

    The text says what was being done, for which resource, and what went wrong. It never
    holds a key, a link or a body that the cloud sent.
    """

    retry_after: float | None = None
    """The seconds to wait, where the cloud told them."""
    is_kept: bool = False
    """It is what was answered before: nothing was asked."""
    report: Report | None = None
    """What was learnt of the resource all the same."""

    def __init__(self, doing: str, resource: str, cause: str) -> None:
        """Say what failed."""
        super().__init__(f"{doing} of {resource} failed: {cause}")
        self.doing = doing
        self.resource = resource
        self.cause = cause


class AuthenticationError(CloudError):
    """What proves the account is missing, wrong, expired or belongs to another region (401)."""

    def __init__(self, doing: str, resource: str, cause: str, credential: str) -> None:
        """Name the credential that was refused."""
        super().__init__(doing, resource, cause)
        self.credential = credential


class SignInNeededError(AuthenticationError):
    """The login is good, but brings no proof: the web portal has to ask something first."""


class LicenceError(CloudError):
    """The login is good, but the account lacks a licence or permission (403)."""


class RefusedError(CloudError):
    """The cloud does not know or does not accept the request itself (400, 404, …)."""

    status: int | None = None
    """The HTTP status, where the answer as a whole is a refusal."""


class UnknownAlarmError(RefusedError):
    """There is no such alarm, as far as is known."""


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


class PartlyReadError(BadDataError):
    """Only some of the open alarms can be read; of the others the answer says nothing."""

    def __init__(self, failure: BadDataError, active: ActiveSet) -> None:
        """Keep what could be read beside a failure."""
        super().__init__(failure.doing, failure.resource, failure.cause)
        self.active = active


class NotUnderstoodError(BadDataError):
    """The cloud works and has answered, in a form that nobody has described: only that is unread.

    Its report tells what was not understood.
    """


class TooLargeError(CloudError):
    """The cloud delivered more than any account has; the text names the limit."""


class CallsUsedUpError(CloudError):
    """None of the counted calls of the account is left."""

    def __init__(self, doing: str, resource: str, cause: str, retry_after: float) -> None:
        """Tell after how many seconds to look whether there are some again."""
        super().__init__(doing, resource, cause)
        self.retry_after = retry_after
