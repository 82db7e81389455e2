"""An e-mail address and a password with each request; a refused one is not sent again.

Facts: Sensorist reference, parts 2 and 9 (an account may be locked after some failures).
"""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from ..errors import AuthenticationError

_REFUSED: Final = "refused"


class BasicLogin:
    """A login in a header. Implements ``Credentials``."""

    def __init__(self, name: str, user: str, password: str, secret: Mapping[str, Any]) -> None:
        """Know whether this very login was refused before."""
        self.name = name
        told = b64encode(f"{user}:{password}".encode()).decode()
        self._header = {"Authorization": f"Basic {told}"}
        self.mark = sha256(told.encode()).hexdigest()
        self.is_refused = secret.get(_REFUSED) == self.mark

    @property
    def secret(self) -> Mapping[str, Any]:
        """Return what to keep: a mark of a login that must not be sent again."""
        return {_REFUSED: self.mark} if self.is_refused else {}

    async def headers(self) -> Mapping[str, str]:
        """Return what goes with each request."""
        if self.is_refused:
            raise AuthenticationError("login", "account", "it was refused before", self.name)
        return self._header

    async def renew(self, refused: Mapping[str, str]) -> bool:  # noqa: ARG002  each is refused alike
        """Remember that it is refused; only a person can do something about it."""
        self.is_refused = True
        return False
