"""What a kind of account says of itself."""

from abc import ABC, abstractmethod
from asyncio import sleep
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from aiohttp import ClientSession
from homeassistant.helpers import selector
from homeassistant.util import dt as dt_util
import probatio

from ..clouds.base import Cloud, Credentials, Traits
from ..clouds.http.transport import Transport
from ..clouds.http.wait import Wait
from ..monitoring.model import KeyLife


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What a cloud is reached by, and what was learnt of it before."""

    session: ClientSession
    data: Mapping[str, Any] = field(repr=False)
    """Those of the config entry."""
    learnt: Mapping[str, Any] = field(default_factory=dict)
    secret: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What opened it before, and may still do so."""
    wait: Wait = field(default_factory=Wait)
    shared: MutableMapping[str, Any] = field(default_factory=dict, repr=False)
    """What all that reads one account shares, forms among it."""

    def now(self) -> datetime:
        """Return the time (UTC)."""
        return dt_util.utcnow()

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        await sleep(seconds)

    def transport[T: Transport = Transport](
        self,
        address: str,
        credentials: Credentials,
        kind: type[T] = Transport,  # type: ignore[assignment]  # T is that then
    ) -> T:
        """Return what carries requests to an address."""
        return kind(
            self.session, address, credentials, sleep=self.sleep, now=self.now, wait=self.wait
        )


def unquoted(typed: str) -> str:
    """Return what was typed, without blanks and quotes: they come along when it is copied."""
    return typed.strip(" \t\r\n\"'“”„\u2018\u2019")


def password() -> selector.TextSelector:
    """Return the field of a password."""
    return selector.TextSelector(
        selector.TextSelectorConfig(
            type=selector.TextSelectorType.PASSWORD, autocomplete="current-password"
        )
    )


def choice(options: Iterable[str], key: str) -> selector.SelectSelector:
    """Return a choice whose options are explained under a key."""
    return selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=list(options),
            mode=selector.SelectSelectorMode.LIST,
            translation_key=key,
        )
    )


class Kind(ABC):
    """One row of the table. ``data`` is always that of a config entry."""

    name: ClassVar[str]
    """As entries, forms and texts call it."""
    maker: ClassVar[str]
    """Who makes the loggers."""
    product: ClassVar[str]
    """What the maker calls the cloud."""
    credential: ClassVar[str]
    """The field whose refusal only a person can mend, by a new entry in the form."""
    secrets: ClassVar[tuple[str, ...]]
    """The fields that are never shown again once they are stored."""
    traits: ClassVar[Traits]
    """What its cloud offers."""
    mark: ClassVar[str] = ""
    """What follows the serials at the beginning of unique ids, so that one logger may be seen
    through two kinds of accounts."""
    companion: ClassVar[bool] = False
    """Whether a second login can bring the settings of its loggers."""
    successor: ClassVar[str | None] = None
    """The kind to which its accounts move, where the maker replaces it."""

    def step(self, name: str) -> str:
        """Return the form of a kind for a step that all have."""
        return f"{name}_{self.name}"

    @property
    def placeholders(self) -> Mapping[str, str]:
        """Return what the texts of its forms are filled with."""
        return {}

    @abstractmethod
    def form(self, *, login_only: bool = False) -> probatio.Schema:
        """Return the form; only the fields of the login where that alone is renewed."""

    def blank(self) -> Mapping[str, Any]:
        """Return what an empty form suggests."""
        return {}

    @abstractmethod
    def data_of(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data of what was typed, trimmed; of a login alone, its data."""

    @abstractmethod
    def typed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what would have to be typed for an entry."""

    @abstractmethod
    def errors(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Return by field what can be told to be wrong without asking the cloud."""

    def renewed(self, data: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002  for those to whom it matters
        """Return the data of an entry that was set up before, with other data."""
        return data

    @abstractmethod
    def connect(self, connection: Connection) -> Cloud:
        """Return the cloud of an account."""

    def entry_id(self, tenant: str) -> str:
        """Return the unique id of the entry of a tenant: no other kind has it."""
        return f"{self.name}_{tenant}"

    @abstractmethod
    def portal(self, data: Mapping[str, Any]) -> str | None:
        """Return the address of the web application, None where there is none."""

    def hosts(self, data: Mapping[str, Any]) -> Mapping[str, str]:  # noqa: ARG002  for those that have some
        """Return the public addresses that an account is read from, by translation key."""
        return {}

    def key_life(self, data: Mapping[str, Any]) -> KeyLife | None:  # noqa: ARG002  the same
        """Return when the key was entered and when it ends, None if it lives for ever."""
        return None

    def shown(self, learnt: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what diagnostics may show of what its cloud learnt: nothing that identifies."""
        return learnt

    @abstractmethod
    def public(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what diagnostics may show of an entry: nothing that identifies or opens it."""
