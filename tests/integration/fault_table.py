"""Every way in which the cloud can fail, and what becomes of it: tests and document share it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal, override

type Step = Literal["submit", "poll", "download"]

API: tuple[Step, ...] = ("submit", "poll")
STEPS: tuple[Step, ...] = (*API, "download")
FILES: tuple[Step, ...] = ("download",)

OFF = "*Cloud connection* goes off"
LICENCE = f"{OFF}; a repair says that the API add-on or a permission is missing"
SAME = "Nothing; names and limits stay what they were"
REFUSED = f"{SAME}, and a repair says that a permission for them is missing"
AUTH = f"{OFF}; Home Assistant asks for a new key"
NOTHING = "Nothing"
NOTHING_NEW = "Nothing; what was not delivered is asked for again"
SOON = "Within 30 minutes"
AS_TOLD = "Within 30 minutes, or when the cloud said that it may be asked again"
WITH_KEY = "Within 30 minutes if the key is accepted again, else with a new key"
NEVER_GONE = "Nothing to recover from"

EXTRAS = ("locations", "measuring_objects")
"""What only brings names and limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected[T]:
    """What has an alarm that begins and ends before, during and after a fault."""

    lasting: T
    """Open before the fault and after it."""
    ending: T
    """Open before the fault, over in it."""
    passing: T
    """Begun and over in it."""
    beginning: T
    """Begun in it, open after it."""

    def __iter__(self) -> Iterator[tuple[T, list[str], str]]:
        """Yield each with all its events in the end, and the state of its alarm then."""
        both = ["alarm_raised", "alarm_cleared"]
        yield self.lasting, both[:1], "on"
        yield self.ending, both, "off"
        yield self.passing, both, "off"
        yield self.beginning, both[:1], "on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault at one step of every job."""

    name: str
    step: Step
    switches: Mapping[str, Any] = field(default_factory=dict)
    """Switches of the simulator."""
    resources: tuple[str, ...] = ()
    """Where alone it is; nothing means everywhere."""
    network: Literal["refused", "unknown host"] | None = None
    """What becomes of a connection instead."""
    seen: str = OFF
    recovery: str = SOON
    most: int = 60
    """Requests in any hour."""

    @override
    def __str__(self) -> str:
        """Return the name of the test."""
        return f"{self.step}-{self.name}"

    @property
    def places(self) -> tuple[str, ...]:
        """Return where the switches hold, as the simulator calls it."""
        return tuple(f"{it}.{self.step}" for it in self.resources) or (self.step,)

    @property
    def is_logged(self) -> bool:
        """Tell whether the log has a line of its beginning and one of its end."""
        return self.turns_off or self.resources == EXTRAS

    @property
    def turns_off(self) -> bool:
        """Tell whether the cloud is shown as disconnected."""
        return self.seen.startswith(OFF)

    @property
    def asks_for_a_licence(self) -> bool:
        """Tell whether a repair tells what is missing."""
        return self.seen in {LICENCE, REFUSED}

    @property
    def asks_for_a_key(self) -> bool:
        """Tell whether a new key is asked for."""
        return self.seen == AUTH


def _at(steps: tuple[Step, ...], name: str, **more: Any) -> Iterator[Fault]:
    """Yield the same fault at several steps."""
    names = ("network", "resources", "seen", "recovery", "most")
    told = {key: more.pop(key) for key in names if key in more}
    for step in steps:
        yield Fault(name=name, step=step, switches=more, **told)


def _at_extras(name: str, steps: tuple[Step, ...] = API, **more: Any) -> Iterator[Fault]:
    """Yield a fault of locations and measuring objects; all else goes on and is counted, too."""
    told = {"seen": SAME, "most": 90, **more}
    yield from _at(steps, f"{name}, names and limits alone", resources=EXTRAS, **told)


FAULTS: tuple[Fault, ...] = (
    *_at(STEPS, "connection refused", network="refused"),
    *_at(STEPS, "DNS failure", network="unknown host"),
    *_at(STEPS, "connection reset", connection_reset=True),
    *_at(STEPS, "connection reset in the middle of an answer", cut_body=True),
    *_at(STEPS, "no answer in time", slow=70.0),
    *_at(STEPS, "an answer bit by bit", drip=20.0),
    *_at(STEPS, "HTTP 400", server_error=400),
    *_at(API, "HTTP 401", unauthorized=True, seen=AUTH, recovery=WITH_KEY),
    *_at(FILES, "HTTP 401, link refused", server_error=401),
    *_at(API, "HTTP 403, licence or permission missing", forbidden=True, seen=LICENCE),
    *_at(API, "HTTP 403, unknown path", unknown_path=True),
    *_at(FILES, "HTTP 403, link refused", forbidden=True),
    *_at(("poll",), "a link that has expired", link_lifetime=0),
    *_at(STEPS, "HTTP 404", server_error=404),
    *_at(STEPS, "HTTP 413", server_error=413),
    *_at(STEPS, "HTTP 429", rate_limit=True),
    *_at(STEPS, "HTTP 429 with a time to wait", rate_limit=True, retry_after=600, recovery=AS_TOLD),
    *_at(
        API,
        "HTTP 429 with half an hour to wait, alarms alone",
        resources=("alarms",),
        rate_limit=True,
        retry_after=1800,
        recovery=AS_TOLD,
    ),
    *_at(STEPS, "HTTP 500", server_error=500),
    *_at(STEPS, "HTTP 502", server_error=502),
    *_at(STEPS, "HTTP 504", server_error=504),
    *_at(STEPS, "a web page instead of an answer", html=True),
    *_at(API, "an empty answer", empty_body=True),
    *_at(FILES, "an empty file", empty_body=True, seen=NOTHING_NEW),
    *_at(STEPS, "a wrong content type", wrong_type=True, seen=NOTHING, recovery=NEVER_GONE),
    *_at(STEPS, "a redirect to a web page", redirect=True),
    *_at(("submit",), "a job that nobody knows", wrong_uuid=True),
    *_at(("poll",), "a job that never ends", job_outcome="never", most=240),
    *_at(("poll",), "a job that ends in an error", job_outcome="Error"),
    *_at(("poll",), "a job that fails", job_outcome="Failed"),
    *_at(("poll",), "a status that nobody knows", job_outcome="Archived", most=240),
    *_at(("poll",), "a link to a host that nobody knows", link_host="https://example.invalid"),
    *_at(("poll",), "a link that is no web address", link_host="ftp://example.invalid"),
    *_at(("poll",), "a link to a foreign host that refuses", link_host="http://127.0.0.1:1"),
    *_at(("poll",), "a link to an impossible port", link_host="https://127.0.0.1:99999"),
    *_at(FILES, "a file that breaks off", truncated_gzip=True),
    *_at(FILES, "a file that unzips to far too much", gzip_bomb=True, one_file=True),
    *_at(FILES, "half a line at the end of a file", half_line=True),
    *_at(FILES, "a file that is not UTF-8", bad_utf8=True),
    *_at(FILES, "files that drip for hours", drip=5.0, parts=12),
    *_at_extras("HTTP 400", server_error=400),
    *_at_extras("HTTP 403, permission missing", forbidden=True, seen=REFUSED),
    *_at_extras("HTTP 403, unknown path", unknown_path=True),
    *_at_extras("HTTP 404", server_error=404),
    *_at_extras("HTTP 500", server_error=500),
    *_at_extras("a job that ends in an error", ("poll",), job_outcome="Error"),
    *_at_extras("a job that never ends", ("poll",), job_outcome="never", most=180),
)


def document() -> str:
    """Return the table of the document."""
    head = "| Fault | Where | What a user sees | Recovery | Requests an hour, at most |"
    lines = [head, "| --- | --- | --- | --- | --- |"]
    for (name, seen, recovery, most), same in groupby(
        FAULTS, lambda fault: (fault.name, fault.seen, fault.recovery, fault.most)
    ):
        where = ", ".join(fault.step for fault in same)
        lines.append(f"| {name[0].upper()}{name[1:]} | {where} | {seen} | {recovery} | {most} |")
    return "\n".join(lines) + "\n"
