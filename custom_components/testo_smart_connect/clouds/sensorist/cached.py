"""Requests of which each address is asked once in the time that its answer is good for.

Facts: Sensorist reference, parts 1 and 2: the rule is strict, and breaking it may cost the access.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
import re
from typing import Any, Final, override
from urllib.parse import urlencode

import aiohttp
import orjson

from ..errors import (
    AuthenticationError,
    BadDataError,
    CloudError,
    LicenceError,
    RateLimitError,
    RefusedError,
    ServerError,
    TooLargeError,
)
from ..fields import integer, moment
from ..http.transport import Transport

_MAX_AGE: Final = timedelta(minutes=15)
"""Seen everywhere; what counts where an answer does not tell its own."""
_LONGEST: Final = timedelta(days=1)
_MOST_KEPT: Final = 200_000
"""Bytes of an answer that is kept over a restart: that of the values of years is not."""
_IN_HEADER: Final = re.compile(r"\bmax-age\s*=\s*\"?([0-9]{1,9})\b")


class Torn(dict[str, Any]):
    """In place of an answer that is no object: how long it is good all the same."""


@dataclass(slots=True)
class Kept:
    """What an address answered, and from when until when that is good (UTC)."""

    asked: datetime
    until: datetime
    answer: dict[str, Any] | None
    """None of one that says nothing, or, after a restart, that was too long to be stored."""
    is_long: bool = False
    """It is only kept until then."""
    error: CloudError | None = None
    """Why it says nothing; a restart forgets that."""
    login: str | None = None
    """The mark of the login to which it says nothing."""

    def told(self, doing: str, resource: str, left: timedelta) -> dict[str, Any]:
        """Return the answer, or raise what it was; it may be asked for again once that is over."""
        if self.error is not None:
            self.error.retry_after = left.total_seconds()
            self.error.is_kept = True
            raise self.error.with_traceback(None) from None
        if self.answer is None:
            error = RateLimitError(doing, resource, left.total_seconds())
            error.is_kept = True
            raise error
        return self.answer


@dataclass(slots=True)
class Cache:
    """The answers of one account, shared by all that reads it."""

    kept: dict[str, Kept] = field(default_factory=dict)
    asking: dict[str, asyncio.Lock] = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    accepted: set[str] = field(default_factory=set, repr=False)
    """Marks of the logins that the cloud has accepted: to no other it would answer."""

    def learn(self, stored: Any, login: str) -> None:
        """Take over what was stored for a login, unless more is known by now."""
        if not isinstance(stored, Mapping):
            return
        self.accepted.add(login)
        for url, told in stored.items():
            until = moment(told, "until") if isinstance(told, Mapping) else None
            answer = told.get("answer") if isinstance(told, Mapping) else None
            if until is not None and (answer is None or isinstance(answer, dict)):
                asked = moment(told, "asked") or until - _MAX_AGE
                self.kept.setdefault(str(url), Kept(asked, until, answer))

    def stored(self, now: datetime) -> dict[str, Any]:
        """Return what is still good, as JSON data."""
        return {
            url: {
                "asked": it.asked.isoformat(),
                "until": it.until.isoformat(),
                "answer": None if it.is_long else it.answer,
            }
            for url, it in self.kept.items()
            if now < it.until
        }

    def change(
        self, url: str, name: str, *, add: Mapping[str, Any] | None = None, drop: str | None = None
    ) -> None:
        """Change a list that is still good as what was written has changed it.

        It may be called otherwise than it was expected to be.
        """
        known = self.kept.get(url)
        if known is None or known.answer is None:
            return
        name = next((it for it, rows in known.answer.items() if isinstance(rows, list)), name)
        rows: list[Any] = known.answer.get(name, [])
        kept = [it for it in rows if drop is None or str(it.get("id")) != drop]
        known.answer = {**known.answer, name: [*kept, add] if add else kept}

    @contextmanager
    def unsure(self, url: str) -> Iterator[None]:
        """Believe what is kept no more if a write that changes it does not end well."""
        try:
            yield
        except BaseException:
            if known := self.kept.get(url):
                known.answer = None
            raise

    def forget(self, now: datetime) -> None:
        """Let go of what may be asked for again."""
        self.kept = {url: it for url, it in self.kept.items() if now < it.until}
        locks = self.asking.items()
        self.asking = {url: it for url, it in locks if url in self.kept or it.locked()}


class CachedTransport(Transport):
    """The connection of an account that may not be asked too often."""

    cache: Cache
    login: str
    """The mark of the login that it asks with."""

    async def get(
        self, path: str, params: Mapping[str, str], doing: str, resource: str
    ) -> dict[str, Any]:
        """Return what an address answers, or answered so lately that it is still good."""
        url = f"{path}?{urlencode(sorted(params.items()))}"
        async with self.cache.asking.setdefault(url, asyncio.Lock()):
            now = self._now()
            known = self.cache.kept.get(url)
            # A clock that was set back must not keep it for ever.
            if known and known.asked <= now < known.until and self._is_for_us(known):
                return known.told(doing, resource, known.until - now)
            self.cache.forget(now)
            error: CloudError | None
            try:
                answer = await self._exchange("GET", path, doing, resource, params=params, url=url)
                error = await self._error(answer, doing, resource, reads=True)
            except TooLargeError as err:
                answer, error = {}, err
            age = timedelta(seconds=integer(answer, "max_age") or 0) or _MAX_AGE
            until = self._now() + min(max(age, timedelta()), _LONGEST)
            # Also of an answer that says nothing: it came, and is good until then.
            if error is not None:
                self.cache.kept[url] = Kept(now, until, None, error=error, login=self.login)
                raise error
            self.cache.accepted.add(self.login)
            self.cache.kept[url] = Kept(now, until, answer, _is_long(answer))
            return answer

    def _is_for_us(self, known: Kept) -> bool:
        """Tell whether the cloud would answer this login likewise."""
        return self.login in self.cache.accepted or self.login == known.login

    def asked_at(self, url: str) -> datetime:
        """Return when what an address answered was asked for (UTC)."""
        known = self.cache.kept.get(url)
        return known.asked if known else self._now()

    async def ask(  # noqa: PLR0913  as a call
        self,
        method: str,
        path: str,
        doing: str,
        resource: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Ask without a cache; also for what writes, which nobody may do twice.

        One request at a time: of a login that is refused no second one must be under way.
        """
        answer = await self._exchange(method, path, doing, resource, params=params, form=form)
        if error := await self._error(answer, doing, resource, reads=method == "GET"):
            raise error
        return answer

    async def _exchange(  # noqa: PLR0913  as a call
        self,
        method: str,
        path: str,
        doing: str,
        resource: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        url: str | None = None,
    ) -> dict[str, Any]:
        """Return what came, whatever it says; of what is kept by its url, that it was asked."""
        reads = method == "GET"
        async with self.cache.turn:
            try:
                return await self.call(
                    method,
                    path,
                    None,
                    doing,
                    resource,
                    params=params,
                    form=form,
                    empty=not reads,
                    once=not reads,
                )
            except AuthenticationError:
                self.cache.accepted.discard(self.login)
                raise
            except asyncio.CancelledError:
                if url is not None:
                    # It was sent, and counts there; who asks next comes too early.
                    now = self._now()
                    self.cache.kept[url] = Kept(now, now + _MAX_AGE, None)
                raise

    async def _error(
        self, answer: Mapping[str, Any], doing: str, resource: str, *, reads: bool
    ) -> CloudError | None:
        """Return what is wrong with an answer; raise that its login is refused, which ends all."""
        if isinstance(answer, Torn):
            return BadDataError(doing, resource, "the answer is no JSON object")
        code = integer(answer, "code") or HTTPStatus.OK
        cause = f"code {code}"
        if code == HTTPStatus.FORBIDDEN and not reads:
            return LicenceError(doing, resource, cause)
        if code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            self.cache.accepted.discard(self.login)
            await self._credentials.renew({})
            raise AuthenticationError(doing, resource, cause, self._credentials.name)
        if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return ServerError(doing, resource, cause)
        if code >= HTTPStatus.BAD_REQUEST:
            return RefusedError(doing, resource, cause)
        return None

    async def delete(self, path: str, identity: str, doing: str, resource: str) -> None:
        """Delete one thing: a path without an id would delete all of them."""
        if not (identity.isascii() and identity.isdecimal()):
            raise RefusedError(doing, resource, "that is no id")
        await self.ask("DELETE", f"{path}/{identity}", doing, resource)

    @override
    def _check(
        self, response: aiohttp.ClientResponse, content: bytes, doing: str, resource: str
    ) -> None:
        """Raise the error of a status: to read there is no right but that of the login."""
        try:
            super()._check(response, content, doing, resource)
        except LicenceError as err:
            if response.method != "GET":
                raise
            raise AuthenticationError(doing, resource, err.cause, self._credentials.name) from None

    @override
    def _answer(
        self, response: aiohttp.ClientResponse, content: bytes, doing: str, resource: str
    ) -> dict[str, Any]:
        """Return an answer that holds the longer of its two ages; one that is torn has one too."""
        found = _IN_HEADER.search(response.headers.get("Cache-Control", "").lower())
        age = int(found[1]) if found else 0
        try:
            answer = super()._answer(response, content, doing, resource)
        except BadDataError:
            return Torn(max_age=age)
        return {**answer, "max_age": max(age, integer(answer, "max_age") or 0)}


def _is_long(answer: Mapping[str, Any]) -> bool:
    return len(orjson.dumps(answer)) > _MOST_KEPT
