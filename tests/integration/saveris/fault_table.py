"""Every way in which logins and pushed alarms can fail: tests and document share it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, override

OFF = "*Cloud connection* goes off; *Alarms at once* too, once the token would have ended"
ASKS = f"{OFF}. Home Assistant asks for the login, which is not tried again by itself"
NOTHING = "Nothing"
BLINK = "*Alarms at once* goes off for a minute"
ONCE = f"{BLINK}; an alarm that comes twice is one"
PUSH_OFF = "*Alarms at once* goes off; alarms are read at the alarm interval"
REPAIR = f"{PUSH_OFF}. A repair says that the permission is missing"

SOON = "Within 30 minutes"
AS_TOLD = "Within 30 minutes, or when the cloud said that it may be asked again"
BY_FORM = "With the login, typed again"
AT_ONCE = "Within two minutes"
MINUTES = "Within 8 minutes"
TOLD_BY_BROKER = "When the broker said that it may be asked again, after 10 minutes at least"
HOUR = "Within 68 minutes"
RELOAD = "With a reload of the account"
NEVER_GONE = "Nothing to recover from"

_HEALING = {
    SOON: timedelta(minutes=40),
    AS_TOLD: timedelta(minutes=40),
    BY_FORM: timedelta(minutes=10),
    AT_ONCE: timedelta(minutes=2),
    MINUTES: timedelta(minutes=8),
    TOLD_BY_BROKER: timedelta(minutes=18),
    HOUR: timedelta(minutes=68),
    RELOAD: timedelta(minutes=1),
    NEVER_GONE: timedelta(minutes=1),
}

HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of an account with a login that listens."""

    name: str
    where: Literal["token", "push"]
    token: Mapping[str, Any] = field(default_factory=dict)
    """Switches of the simulator at the token endpoint."""
    broker: Mapping[str, Any] = field(default_factory=dict)
    """Switches of the broker."""
    wrong_login: bool = False
    """The password is another one meanwhile."""
    unreachable: bool = False
    """Nothing listens where the broker was."""
    revokes: timedelta | None = None
    """How often all tokens end, beside the once with which a fault of tokens begins."""
    cuts: timedelta | None = None
    """How often all connections to the broker are cut, beside that of a fault of push."""
    seen: str
    recovery: str
    logins: int = 0
    """In any hour, at most; those are more that a token costs that ends after an hour."""
    connects: int = 2
    """To the broker in any hour, at most."""
    most: int = 60
    """Requests in any hour."""

    @override
    def __str__(self) -> str:
        """Return the name of the test."""
        return f"{self.where}-{self.name}"

    @property
    def turns_cloud_off(self) -> bool:
        """Tell whether the cloud is shown as disconnected."""
        return self.seen.startswith(OFF)

    @property
    def asks(self) -> bool:
        """Tell whether the login is asked for."""
        return self.seen == ASKS

    @property
    def push(self) -> frozenset[str]:
        """Return what may be shown of the push after some hours."""
        if self.cuts is not None:
            return frozenset({"on", "off"})
        is_off = self.turns_cloud_off or self.seen.startswith(PUSH_OFF)
        return frozenset({"off" if is_off else "on"})

    @property
    def healing(self) -> timedelta:
        """Return how long it takes until all is well."""
        return _HEALING[self.recovery]


def _token(name: str, seen: str, recovery: str, logins: int, **more: Any) -> Fault:
    own = {
        key: more.pop(key) for key in ("wrong_login", "revokes", "cuts", "connects") if key in more
    }
    return Fault(
        name=name, where="token", token=more, seen=seen, recovery=recovery, logins=logins, **own
    )


def _push(name: str, seen: str, recovery: str, connects: int, **more: Any) -> Fault:
    own = {key: more.pop(key) for key in ("unreachable", "cuts", "logins") if key in more}
    own.setdefault("logins", 2)
    return Fault(
        name=name, where="push", broker=more, seen=seen, recovery=recovery, connects=connects, **own
    )


FAULTS: tuple[Fault, ...] = (
    _token("HTTP 500", OFF, SOON, 20, server_error=500),
    _token("HTTP 503 with a time to wait", OFF, AS_TOLD, 8, server_error=503, retry_after=600),
    _token("HTTP 429", OFF, SOON, 20, rate_limit=True),
    _token("HTTP 429 with a time to wait", OFF, AS_TOLD, 8, rate_limit=True, retry_after=1800),
    _token("connection reset", OFF, SOON, 20, connection_reset=True),
    _token("connection reset in the middle of an answer", OFF, SOON, 20, cut_body=True),
    _token("a web page instead of an answer", OFF, SOON, 20, html=True),
    _token("an empty answer", OFF, SOON, 20, empty_body=True),
    _token("a redirect to a web page", OFF, SOON, 20, redirect=True),
    _token("HTTP 403, unknown path", OFF, SOON, 20, unknown_path=True),
    _token("HTTP 403 of the firewall", OFF, SOON, 20, gateway_problem="WAF_FILTERED"),
    *(
        _token(f"HTTP {code}, login refused", ASKS, BY_FORM, 1, wrong_login=True, login_status=code)
        for code in (400, 401, 403)
    ),
    _token("an empty token", ASKS, BY_FORM, 1, empty_token=True),
    _token("tokens that end after a minute", NOTHING, NEVER_GONE, 8, token_life=60),
    _token("tokens revoked every half hour", NOTHING, NEVER_GONE, 3, revokes=HALF_HOUR, connects=5),
    _token(
        "tokens revoked and connections cut every half hour",
        BLINK,
        AT_ONCE,
        4,
        revokes=HALF_HOUR,
        cuts=HALF_HOUR,
        connects=6,
    ),
    _push("connection cut, once", BLINK, AT_ONCE, 3),
    _push("connection refused", PUSH_OFF, MINUTES, 20, unreachable=True),
    _push("the broker reports a fault", PUSH_OFF, MINUTES, 20, unable=True),
    _push("no answer from the broker", PUSH_OFF, MINUTES, 20, mute=True),
    _push("invalid authorization", PUSH_OFF, HOUR, 4, refuse_authorization=True, logins=3),
    _push("maximum of connections", PUSH_OFF, HOUR, 4, full=True),
    _push("rate limit exceeded", PUSH_OFF, TOLD_BY_BROKER, 5, wait_ms=900_000),
    _push("subscription refused", REPAIR, RELOAD, 1, refused_queues={"alarms"}),
    _push(
        "a broker that falls silent", PUSH_OFF, MINUTES, 20, silent=True, heart_beat="10000,10000"
    ),
    _push("messages repeated", ONCE, AT_ONCE, 8, duplicates=True, cuts=timedelta(minutes=20)),
    _push("messages in pieces", NOTHING, NEVER_GONE, 3, pieces=7),
    _push("several messages in one", NOTHING, NEVER_GONE, 3, glue=True),
)


def document() -> str:
    """Return the table of the document."""
    head = (
        "| Fault | Where | What a user sees | Recovery | Requests an hour, at most | "
        "Logins an hour, at most | Connections an hour, at most |"
    )
    lines = [head, "| --- | --- | --- | --- | --- | --- | --- |"]
    for it in FAULTS:
        figures = f"{it.most} | {it.logins} | {it.connects}"
        name = f"{it.name[0].upper()}{it.name[1:]}"
        lines.append(f"| {name} | {it.where} | {it.seen} | {it.recovery} | {figures} |")
    return "\n".join(lines) + "\n"
