"""The logins for settings that an account has."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from ..clouds.managed import Cycle, ManagedDevice
from ..monitoring.instruments import Instrument
from .companion import Companion

SLOT: Final = "slot"
KEYS: Final = frozenset({*Cycle, SLOT})
"""The translation keys of the entities that they bring."""


class Companions:
    """One for each site."""

    def __init__(self) -> None:
        """Begin without any."""
        self._all: Mapping[str, Companion] = {}
        self.left: frozenset[str] = frozenset()
        """The serials of devices whose login is gone since the last time."""

    def take(self, found: Mapping[str, Companion], left: Iterable[str]) -> None:
        """Have these, by the ids of their subentries; others left devices."""
        self._all = found
        self.left = frozenset(left) - {it.serial for one in self for it in one.kept.devices}

    def __iter__(self) -> Iterator[Companion]:
        """Iterate over them."""
        return iter(self._all.values())

    def __bool__(self) -> bool:
        """Tell whether there are some."""
        return bool(self._all)

    def get(self, subentry_id: str) -> Companion | None:
        """Return one."""
        return self._all.get(subentry_id)

    def renew(self, subentry_id: str, secret: Mapping[str, Any]) -> None:
        """Let one begin with a new proof once it is loaded anew, and read at once."""
        self._all[subentry_id].renew(secret)

    def of(self, instrument: Instrument) -> tuple[Companion, ManagedDevice] | None:
        """Return which one knows an instrument, and as what; radio sensors have no settings."""
        return self.of_device(instrument.serial) if instrument.connects else None

    def of_device(self, serial: str) -> tuple[Companion, ManagedDevice] | None:
        """Return which one knows a device, and as what."""
        for companion in self:
            if device := companion.device(serial):
                return companion, device
        return None

    def named(self, site: str, name_of: Callable[[str], str | None]) -> Companion | None:
        """Return that of a site, however that is called; None if it has none of its own."""
        return next((it for it in self if it.site == site), None) or next(
            (it for it in self if site in {it.title, name_of(it.site)} or it.site == name_of(site)),
            None,
        )

    def of_site(self, site: str) -> Companion | None:
        """Return that of a site, else one that may change most: each may ask for all its sites."""
        return max(self, key=lambda it: (it.site == site, it.may_write), default=None)
