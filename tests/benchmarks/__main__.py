"""Measure: `python -m tests.benchmarks --help`."""

import argparse
import asyncio
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
import logging
import os
import platform
import subprocess
import sys
from typing import Any

import orjson

from . import (
    alarms,
    decode,
    growth,
    history,
    inventory,
    push,
    refresh,
    reports,
    startup,
    storm,
    wire,
)

type Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table."""

    what: str
    ours: str
    beside: str
    ratio: float
    goal: float | None = None
    """The largest ratio that is wanted; None where it is only good to know."""

    @property
    def verdict(self) -> str:
        """Tell whether the goal is reached."""
        if self.goal is None:
            return "none | |"
        return f"≤ {self.goal} | {'met' if self.ratio <= self.goal else '**missed**'} |"


def _measures(*, quick: bool) -> dict[str, Callable[[], Figures]]:
    chain, most = (260, 1000) if quick else (2600, 10_000)
    return {
        "decode": lambda: decode.measure(chain, 24 if quick else 96),
        "keep": lambda: decode.keep(chain, 24 if quick else 96),
        "refresh": lambda: asyncio.run(refresh.measure(chain)),
        "inventory": lambda: asyncio.run(inventory.measure(chain)),
        "startup": lambda: asyncio.run(startup.measure(chain)),
        "history": lambda: asyncio.run(history.measure(chain, 300, 8472)),
        "few": lambda: growth.measure(10, most),
        "many": lambda: growth.measure(most, most),
        "alarms": lambda: asyncio.run(alarms.measure(chain, 100 if quick else 1000)),
        "log": lambda: alarms.log(10_000 if quick else 100_000, 1000),
        "push": lambda: asyncio.run(push.measure(50 if quick else 500)),
        "documents": reports.documents,
        "figures": lambda: asyncio.run(reports.figures(2 if quick else 20)),
        "storm": lambda: asyncio.run(storm.measure(chain)),
        "wire": lambda: asyncio.run(wire.measure(6 if quick else 24)),
    }


def _results(found: dict[str, Figures]) -> Iterator[Result]:
    read, kept, told = found["decode"], found["keep"], found["refresh"]
    for name, what in (("whole", "with all columns"), ("asked", "with the columns asked for")):
        alone = read[f"{name}_alone"]
        beside = f"{alone:.2f} s unpacked and parsed alone"
        for key, till, goal in (
            ("hours", "hourly buckets", 1.5),
            ("typed", "typed readings", None),
        ):
            seconds = read[f"{name}_{key}"]
            yield Result(
                f"{read['rows']:,.0f} rows {what} to {till}: CPU",
                f"{seconds:.2f} s",
                beside,
                seconds / alone,
                goal,
            )
    yield Result(
        "the same to hourly buckets: memory",
        f"{read['memory']:.0f} MiB more",
        "64 MiB",
        read["memory"] / 64,
        1.0,
    )
    yield Result(
        "the same kept on the disk, each once: CPU",
        f"{kept['seconds']:.2f} s",
        beside,
        kept["seconds"] / alone,
    )
    yield Result(
        "the same: memory", f"{kept['memory']:.0f} MiB more", "64 MiB", kept["memory"] / 64, 1.0
    )
    yield Result(
        f"Refresh of {told['channels']:,.0f} channels, 10 % changed: CPU",
        f"{told['cpu'] * 1e3:.0f} ms",
        f"{told['plain_cpu'] * 1e3:.0f} ms of a plain coordinator",
        told["cpu"] / told["plain_cpu"],
        0.5,
    )
    yield Result(
        "the same: longest hold of the event loop",
        f"{told['hold'] * 1e3:.0f} ms",
        f"20 ms (a plain coordinator: {told['plain_hold'] * 1e3:.0f} ms)",
        told["hold"] / 0.02,
        1.0,
    )
    changed = found["inventory"]
    yield Result(
        f"Inventory of {changed['loggers']:,.0f} loggers that lacks a tenth, to the known one",
        f"{changed['roster'] * 1e3:.0f} ms",
        f"{changed['little_roster'] * 1e3:.1f} ms for a tenth of them",
        changed["roster"] / changed["little_roster"] / 10,
        1.5,
    )
    yield Result(
        "Inventory in which a tenth has other names: longest hold of the event loop",
        f"{changed['hold'] * 1e3:.0f} ms",
        "20 ms",
        changed["hold"] / 0.02,
        1.0,
    )
    begun = found["startup"]
    yield Result(
        f"Set-up of {begun['entities']:,.0f} entities from the store",
        f"{begun['seconds']:.1f} s",
        f"{begun['template_seconds']:.1f} s of as many template sensors",
        begun["seconds"] / begun["template_seconds"],
        1.0,
    )
    few, many = found["few"], found["many"]
    for key, what in (("derive", "to know a channel"), ("judge", "to read and judge it anew")):
        yield Result(
            f"Growth of the fleet: CPU {what}",
            f"{many[key]:.1f} µs in a large fleet",
            f"{few[key]:.1f} µs in fleets of 10 loggers",
            many[key] / few[key],
            1.25,
        )
    yield from _alarms(found["alarms"], found["log"])
    yield from _push(found["push"])
    yield from _storm(found["storm"])
    yield from _history(found["history"])
    yield from _reports(found["documents"], found["figures"])
    wired = found["wire"]
    yield Result(
        "Submissions in a quarter of an hour",
        f"{wired['submissions']:.1f}",
        "5",
        wired["submissions"] / 5,
        1.0,
    )
    yield Result("Polls of a job of 2 to 8 s", f"{wired['polls']:.1f}", "1", wired["polls"], 2.0)
    yield Result(
        "Delay that is added, median",
        f"{wired['delay']:.0f} s",
        f"{wired['interval']:.0f} s, the interval",
        wired["delay"] / wired["interval"],
        0.5,
    )


def _storm(told: Figures) -> Iterator[Result]:
    for key, what in (("raised", "begin"), ("cleared", "end")):
        ours, plain = told[f"{key}_cpu"], told[f"plain_{key}_cpu"]
        yield Result(
            f"{told['at_once']:.0f} alarms {what} at once beside {told['open']:,.0f} open ones,"
            " told by the blueprint: CPU",
            f"{ours * 1e3:.0f} ms",
            f"{plain * 1e3:.0f} ms of an automation that only passes each on",
            ours / plain,
            2.5,
        )
    sent = told["raised_messages"] + told["cleared_messages"]
    yield Result("the same, both: messages", f"{sent:.0f}", "2, one of each kind", sent / 2, 1.0)
    yield Result(
        "the same: longest hold of the event loop",
        f"{max(told['raised_hold'], told['cleared_hold']) * 1e3:.0f} ms",
        "20 ms",
        max(told["raised_hold"], told["cleared_hold"]) / 0.02,
    )
    yield Result(
        f"One more alarm beside {told['open']:,.0f} open ones, told by the blueprint: CPU",
        f"{told['one_cpu'] * 1e3:.0f} ms",
        "a minute, in which it looks once at least",
        told["one_cpu"] / 60,
        0.005,
    )


def _alarms(at_once: Figures, log: Figures) -> Iterator[Result]:
    yield Result(
        f"{at_once['alarms']:,.0f} alarms at once: longest hold of the event loop",
        f"{at_once['hold'] * 1e3:.0f} ms",
        "20 ms",
        at_once["hold"] / 0.02,
        1.0,
    )
    yield Result(
        f"Ten alarms more in a log of {log['rows']:,.0f} rows: written",
        f"{log['bytes'] / 1e6:.2f} MB",
        "1 MB",
        log["bytes"] / 1e6,
        1.0,
    )
    yield Result(
        "Growth of a hostile log: CPU to derive a row",
        f"{log['many'] * 1e6:.1f} µs in a long log",
        f"{log['few'] * 1e6:.1f} µs in one of 1,000 rows",
        log["many"] / log["few"],
        4.0,
    )


def _push(told: Figures) -> Iterator[Result]:
    """Yield how late Home Assistant knows of alarms that are pushed, and what it is held for."""
    for name, which in (("next", ""), ("first", ", each the first of its channel")):
        what = f"{told[f'{name}_alarms']:,.0f} alarms pushed one after the other{which}"
        for target in ("state", "event"):
            for kind in ("median", "worst"):
                ours = told[f"{name}_{target}_{kind}"]
                plain = told[f"{name}_exchange_{kind}"]
                yield Result(
                    f"{what}: until the {target}, {kind}",
                    f"{ours * 1e3:.1f} ms",
                    f"{plain * 1e3:.1f} ms, {kind} of requests answered with nothing",
                    ours / plain,
                )
                what = "the same"
        for key, how, goal in (("hold", "", 1.0), ("hold_cpu", " by CPU", None)):
            hold = told[f"{name}_{key}"]
            yield Result(
                f"the same: longest hold of the event loop{how}",
                f"{hold * 1e3:.0f} ms",
                "20 ms",
                hold / 0.02,
                goal,
            )


def _history(told: Figures) -> Iterator[Result]:
    """Yield what missing and old readings and imports cost."""
    for key, what in (
        ("gaps", f"{told['off']:,.0f} loggers off for 20 days"),
        ("old", f"{told['scattered']:,.0f} scattered old readings"),
    ):
        few, many = told[f"few_{key}_cpu"], told[f"many_{key}_cpu"]
        yield Result(
            f"{what}: CPU to plan what is read again",
            f"{many * 1e3:.0f} ms",
            f"{few * 1e3:.0f} ms for a tenth, ten times",
            many / (10 * few),
            2.0,
        )
        hold = told[f"many_{key}_hold"]
        yield Result(
            "the same: longest hold of the event loop",
            f"{hold * 1e3:.0f} ms",
            "20 ms",
            hold / 0.02,
            1.0,
        )
    hold, stored = told["import_hold"], told["import_bytes"]
    yield Result(
        f"Import of {told['jobs']:,.0f} jobs: longest hold of the event loop",
        f"{hold * 1e3:.0f} ms",
        "20 ms",
        hold / 0.02,
        1.0,
    )
    yield Result(
        "the same: what it adds to each save",
        f"{stored / 1024:,.0f} KiB",
        "256 KiB",
        stored / 1024 / 256,
        1.0,
    )


def _months(number: int) -> str:
    return "a month" if number == 1 else f"{number} months"


def _reports(files: Figures, told: Figures) -> Iterator[Result]:
    yield Result(
        "The first PDF file, about a month of two channels: CPU",
        f"{files['first_seconds']:.2f} s",
        "5 s",
        files["first_seconds"] / 5,
        1.0,
    )
    memory = files["first_memory"]
    yield Result("the same: memory", f"{memory:.0f} MiB more", "100 MiB", memory / 100, 1.0)
    for key, name in (("pdf", "PDF"), ("html", "HTML")):
        month = files[f"{key}_1_seconds"]
        for months in reports.MONTHS:
            seconds = files[f"{key}_{months}_seconds"]
            yield Result(
                f"Another {name} file about {_months(months)}: CPU",
                f"{seconds * 1e3:.0f} ms",
                f"{month * 1e3:.0f} ms for a month, {months} times" if months > 1 else "5 s",
                seconds / (months * month if months > 1 else 5.0),
                1.0,
            )
            memory = files[f"{key}_{months}_memory"]
            yield Result("the same: memory", f"{memory:.0f} MiB more", "100 MiB", memory / 100, 1.0)
            size = files[f"{key}_{months}_bytes"] / 1024
            yield Result("the same: size", f"{size:,.0f} KiB", "1 MiB", size / 1024, 1.0)
    yield Result(
        f"Figures of a month of {told['loggers']:.0f} loggers with four channels that is kept",
        f"{told['seconds']:.2f} s",
        "2 s",
        told["seconds"] / 2,
        1.0,
    )
    yield Result(
        "the same: longest hold of the event loop",
        f"{told['hold'] * 1e3:.0f} ms",
        "20 ms",
        told["hold"] / 0.02,
    )


def _measured(name: str, *, quick: bool) -> Figures:
    """Measure in a process of its own, so that nothing that ran before takes part."""
    command = [sys.executable, "-m", "tests.benchmarks", "--only", name]
    command += ["--quick"] if quick else []
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 - ourselves
    figures: Figures = orjson.loads(done.stdout)
    return figures


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/benchmark",
        description="Compares the integration with something else, in the same run.",
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, in a minute")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main() -> int:
    """Measure and print; the exit status says nothing about goals."""
    arguments = _arguments()
    measures = _measures(quick=arguments.quick)
    if arguments.only:
        logging.disable()
        _say(orjson.dumps(measures[arguments.only]()).decode())
        return 0
    found = {name: _measured(name, quick=arguments.quick) for name in measures}
    results = [*_results(found)]
    if not arguments.json:
        _say("| What | Ours | Beside | Ratio | Goal | |\n| --- | --- | --- | --- | --- | --- |")
        for it in results:
            _say(f"| {it.what} | {it.ours} | {it.beside} | {it.ratio:.2f} | {it.verdict}")
        _say(f"\nPython {platform.python_version()}, {os.cpu_count()} processors\n")
    told: dict[str, Any] = {"figures": found, "results": [asdict(it) for it in results]}
    _say(orjson.dumps(told).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
