# ruff: noqa: EM102, TRY003 - a DemoError is made for its text
"""Looking at what is handed over, beside what the simulated cloud measured."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO, StringIO
from itertools import groupby
from math import exp, fsum, isclose, log
from pathlib import Path
import re
from time import monotonic
from typing import Any

from pypdf import PdfReader

from custom_components.testo_smart_connect.const import DOMAIN

from .cloud import Cloud
from .errors import DemoError
from .home import Home
from .past import FRIDGE, LIMITS
from .registry import Snapshot
from .reports import NOTIFICATION, script

_LENGTH = timedelta(minutes=45)
_PATIENCE = 90.0
_PAUSE = 2.0
_REFRESH = 10.0
_ENERGY = 83.144 / 0.0083144
"""K: the activation energy by the gas constant."""
_ZERO = 273.15

type Truth = Sequence[tuple[datetime, float]]


@dataclass(slots=True)
class HandedOver:
    """A report, a CSV and a PDF file of the fridge, over the same three quarters of an hour."""

    home: Home
    cloud: Cloud
    snapshot: Snapshot

    async def check(self) -> str:
        """Ask for all of them; return what they say, if that is true."""
        logger = self.cloud.fleet.loggers[FRIDGE]
        sensor, cycle = logger.sensors[0], logger.measuring
        end = sensor.next_instant(datetime.now(UTC)) - cycle
        asked = {
            "device_id": self.snapshot.devices[logger.serial].id,
            "start": (end - _LENGTH).isoformat(),
            "end": end.isoformat(),
        }
        report = await self._complete({**asked, **LIMITS}, f"{logger.serial}_{sensor.serial}_1")
        rows = await self.cloud.readings(sensor.serial, end - _LENGTH, end)
        truth = [(datetime.fromisoformat(row["at"]), row["value"]) for row in rows]
        (channel,) = report["channels"]
        for wrong in _wrong(channel, truth, cycle):
            raise DemoError(f"the report of {logger.name} is not true: {wrong}")
        table = await self._file("export_measurements", asked)
        if wrong := _misread(await _read(table), table, truth):
            raise DemoError(f"the CSV file of {logger.name} is not true: {wrong}")
        document = await self._file("export_report", {**asked, **LIMITS})
        pages = _pages(await _read(document), report["name"])
        button = await self._press("today")
        return (
            f"The report of {report['name']} is true: {channel['count']} readings,"
            f" {channel['minimum']['value']:.2f} to {channel['maximum']['value']:.2f} °C,"
            f" MKT {channel['mkt']['value']:.2f} °C, {channel['seconds_above']:.0f} s above 8 °C in"
            f" {len(channel['excursions'])} excursions. Its CSV file has {table['rows']} rows, its"
            f" PDF file {pages} pages, and a button gave {button}."
        )

    async def _complete(self, asked: Mapping[str, Any], unique_id: str) -> Mapping[str, Any]:
        """Return the figures once all readings of the window have arrived."""
        entity_id = self.snapshot.entities[unique_id].entity_id
        deadline, refreshed = monotonic() + _PATIENCE, 0.0
        while True:
            (report,) = (await self._ask("get_report", asked))["reports"]
            if report["complete"]:
                found: Mapping[str, Any] = report
                return found
            if monotonic() > deadline:
                raise DemoError(f"the report was not complete within {_PATIENCE:.0f} s")
            if monotonic() > refreshed + _REFRESH:
                refreshed = monotonic()
                await self.home.post(
                    "/api/services/homeassistant/update_entity", {"entity_id": entity_id}
                )
            await asyncio.sleep(_PAUSE)

    async def _ask(self, action: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = await self.home.post(f"/api/services/{DOMAIN}/{action}?return_response", {**asked})
        found: Mapping[str, Any] = answer["service_response"]
        return found

    async def _file(self, action: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        files: list[Mapping[str, Any]] = (await self._ask(action, asked))["files"]
        (file,) = files
        content = await _read(file)
        if (len(content), sha256(content).hexdigest()) != (file["bytes"], file["sha256"]):
            raise DemoError(f"{file['path']} is not what {action} says")
        if await self.home.download(file["url"]) != content:
            raise DemoError(f"the link of {file['path']} leads elsewhere")
        return file

    async def _press(self, period: str) -> str:
        """Press a button of the page and follow its first link; return the name of the file."""
        await self.home.post(f"/api/services/script/{script(period)}", {})
        told = [
            it["message"]
            for it in await self.home.call("persistent_notification/get")
            if it["notification_id"] == NOTIFICATION
        ]
        links = re.findall(r'<a href="([^"]+)" target="_blank">([^<]+)</a>', "".join(told))
        names = [name.rpartition("_")[2] for _, name in links]
        if names != ["report.pdf", "readings.csv"]:
            raise DemoError(f"the button {period} gave {names}, not two files")
        if not (await self.home.download(links[0][0])).startswith(b"%PDF"):
            raise DemoError(f"the link of the button {period} leads to no PDF file")
        return str(links[0][1])


async def _read(file: Mapping[str, Any]) -> bytes:
    return await asyncio.to_thread(Path(file["path"]).read_bytes)


def _wrong(channel: Mapping[str, Any], truth: Truth, cycle: timedelta) -> Iterator[str]:
    """Yield where figures differ from those of readings without a gap, each for one cycle."""
    values = [value for _, value in truth]
    heat = fsum(exp(-_ENERGY / (value + _ZERO)) for value in values) / len(values)
    out = [*_excursions(truth, cycle)]
    above = [seconds for direction, _, seconds, _ in out if direction == "upper"]
    below = [seconds for direction, _, seconds, _ in out if direction == "lower"]
    for name, told, true in (
        ("count", channel["count"], len(values)),
        ("coverage", channel["coverage"], 1),
        ("minimum", channel["minimum"]["value"], min(values)),
        ("maximum", channel["maximum"]["value"], max(values)),
        ("mean", channel["mean"], fsum(values) / len(values)),
        ("MKT", channel["mkt"]["value"], _ENERGY / -log(heat) - _ZERO),
        ("time above", channel["seconds_above"], sum(above)),
        ("time below", channel["seconds_below"], sum(below)),
    ):
        if not isclose(told, true, rel_tol=1e-9, abs_tol=1e-6):
            yield f"{name} {told}, not {true}"
    if channel["gaps"]:
        yield f"gaps {channel['gaps']}"
    told_out = [
        (it["direction"], datetime.fromisoformat(it["start"]), it["seconds"], it["extreme"])
        for it in channel["excursions"]
    ]
    if told_out != out:
        yield f"excursions {told_out}, not {out}"


def _excursions(truth: Truth, cycle: timedelta) -> Iterator[tuple[str, datetime, float, float]]:
    def side(reading: tuple[datetime, float]) -> str:
        _, value = reading
        return "upper" if value > LIMITS["upper"] else "lower" if value < LIMITS["lower"] else ""

    for direction, group in groupby(truth, key=side):
        if direction:
            run = [*group]
            extreme = (max if direction == "upper" else min)(value for _, value in run)
            yield direction, run[0][0], len(run) * cycle.total_seconds(), extreme


def _misread(content: bytes, file: Mapping[str, Any], truth: Truth) -> str:
    """Return where the rows differ from the truth."""
    lines = content.decode("utf-8-sig").split("\r\n")
    _, *rows = csv.reader(StringIO("\n".join(it for it in lines if not it.startswith("# "))))
    told = [(datetime.fromisoformat(at), float(value)) for at, value in rows]
    if told != [*truth]:
        return f"{len(told)} rows, not the {len(truth)} that were measured"
    return "" if file["rows"] == len(told) else f"{len(told)} rows, not {file['rows']} as told"


def _pages(content: bytes, name: str) -> int:
    """Return how many pages a PDF file has."""
    if not content.startswith(b"%PDF"):
        raise DemoError("the report file is no PDF")
    pages = PdfReader(BytesIO(content)).pages
    if name not in " ".join("".join(page.extract_text() for page in pages).split()):
        raise DemoError(f"the PDF file does not name {name}")
    return len(pages)
