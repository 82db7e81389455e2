"""What was learnt about the interface of an account, worth keeping over a restart."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from ...monitoring.codec import NOT_UNDERSTOOD, dump, load

_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Which of several ways an interface takes."""

    ways: tuple[str, ...] = ()
    """The paths that worked where another one was refused."""
    select_works: tuple[str, ...] = ()
    """Resources that were asked for some columns only."""
    select_refused: tuple[str, ...] = ()

    @classmethod
    def of(cls, learnt: Mapping[str, Any]) -> Self:
        """Return a dialect from data; what another release learnt is learnt anew."""
        try:
            if learnt.get("version") == _VERSION:
                return load(cls, learnt)
        except NOT_UNDERSTOOD:
            pass
        return cls()

    @property
    def data(self) -> Mapping[str, Any]:
        """Return it as data."""
        return {"version": _VERSION, **dump(self)}

    def with_way(self, path: str, others: Collection[str]) -> Self:
        """Remember the way that worked, in place of others."""
        kept = (it for it in self.ways if it not in others)
        return replace(self, ways=_with(tuple(kept), path))

    def with_select(self, resource: str, *, works: bool) -> Self:
        """Remember whether a resource may be asked for some columns only."""
        if works:
            return replace(self, select_works=_with(self.select_works, resource))
        return replace(self, select_refused=_with(self.select_refused, resource))


def _with(known: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Add a name; jobs side by side may learn the same."""
    return known if name in known else (*known, name)
