"""What proves an account to its cloud."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key in a header of its own; a new one is made by a person. Implements ``Credentials``."""

    name: str
    header: str
    key: str = field(repr=False)

    async def headers(self) -> Mapping[str, str]:
        """Return what goes with each request."""
        return {self.header: self.key}

    async def renew(self, refused: Mapping[str, str]) -> bool:  # noqa: ARG002  each is refused alike
        """Tell that nothing but a person can."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Nobody:
    """No proof at all: for asking for one. Implements ``Credentials``."""

    name: str

    async def headers(self) -> Mapping[str, str]:
        """Return nothing."""
        return {}

    async def renew(self, refused: Mapping[str, str]) -> bool:  # noqa: ARG002  there is none
        """Tell that there is nothing to renew."""
        return False
