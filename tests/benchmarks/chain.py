"""A chain of loggers as result files of the cloud, and a server that delivers them."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
import gzip
from pathlib import Path
from random import Random
import sys
from uuid import UUID

from aiohttp import web
import orjson

CHANNELS = 4
TENANT = "6b1f5a57-6a3f-4d0b-9b44-0d3f9b9a0001"
QUARTER = timedelta(minutes=15)
_KINDS = (
    ("Temperature", "Air Temperature", "°C"),
    ("Humidity", "Relative Humidity", "%rF"),
    ("Temperature", "Dewpoint Temperature", "°C"),
    ("Density", "Absolute Humidity", "g/m³"),
)

type Row = dict[str, object]


class Chain:
    """The rows of an account with so many loggers of four channels each; seeded."""

    def __init__(self, loggers: int, sites: int = 20, seed: int = 1) -> None:
        """Make up the loggers."""
        self._random = Random(seed)  # noqa: S311 - the same in every run
        self.loggers = [(self._uuid(), self._uuid()) for _ in range(loggers)]
        self._sites = [self._uuid() for _ in range(sites)]
        self._offsets = [self._random.randrange(240) for _ in range(loggers)]
        """Seconds after the full quarter: each measures when it was switched on."""

    @property
    def channels(self) -> Iterator[tuple[str, int]]:
        """Yield sensor uuid and number of every channel."""
        for _, sensor in self.loggers:
            for number in range(1, CHANNELS + 1):
                yield sensor, number

    def properties(self) -> Iterator[Row]:
        """Yield a row for each channel."""
        for place, (device, sensor) in enumerate(self.loggers):
            for number, (name, extension, unit) in enumerate(_KINDS, 1):
                yield {
                    "tenant_uuid": TENANT,
                    "customer_site": self._sites[place % len(self._sites)],
                    "device_uuid": device,
                    "device_category": "LOGGER",
                    "device_serial_no": f"{50_000_000 + place}",
                    "device_model_code": "0572 2034",
                    "device_display_name": f"Logger {place}",
                    "device_is_active": "true",
                    "device_communication_log_time": 900_000,
                    "device_measuring_cycle": 900_000,
                    "sensor_uuid": sensor,
                    "sensor_serial_no": f"{60_000_000 + place}",
                    "sensor_is_radio": "false",
                    "sensor_measuring_cycle": 900_000,
                    "channel_no": number,
                    "channel_physical_unit": unit,
                    "channel_physical_property_name": name,
                    "channel_physical_extension": extension,
                    "channel_physical_unit_exponent": 1,
                }

    def status(self, at: datetime) -> Iterator[Row]:
        """Yield a row for each logger."""
        for place, (device, _) in enumerate(self.loggers):
            yield {
                "device_uuid": device,
                "serial_no": f"{50_000_000 + place}",
                "battery_level_percent": 87,
                "last_communication_time": stamp(at),
                "next_communication_time": stamp(at + QUARTER),
                "processed_at": stamp(at),
            }

    def whole(self, times: Iterable[datetime]) -> Iterator[Row]:
        """Yield rows with all columns that the cloud has, not only those that are asked for."""
        places = {sensor: place for place, (_, sensor) in enumerate(self.loggers)}
        for row in self.measurements(times):
            sensor, number = row["sensor_uuid"], row["channel_no"]
            assert isinstance(sensor, str)
            assert isinstance(number, int)
            name, extension, _ = _KINDS[number - 1]
            place = places[sensor]
            yield row | {
                "serial_no": f"{50_000_000 + place}",
                "model_code": "0572 2034",
                "tenant_uuid": TENANT,
                "customer_site": self._sites[place % len(self._sites)],
                "timestamp_local": f"{row['timestamp']}".replace("Z", "+00:00"),
                "physical_property_name": name,
                "physical_extension": extension,
            }

    def measurements(self, times: Iterable[datetime], share: float = 1.0) -> Iterator[Row]:
        """Yield a row for each time and channel, or for those of a share of the loggers."""
        some = self.loggers[: max(1, int(len(self.loggers) * share))]
        for at in times:
            for (_, sensor), offset in zip(some, self._offsets, strict=False):
                measured = at + timedelta(seconds=offset)
                upload = timedelta(seconds=self._random.randrange(5, 60))
                told, processed = stamp(measured), stamp(measured + upload)
                for number, (_, _, unit) in enumerate(_KINDS, 1):
                    yield {
                        "uuid": self._uuid(),
                        "sensor_uuid": sensor,
                        "channel_no": number,
                        "timestamp": told,
                        "measurement": round(self._random.uniform(-20, 30), 4),
                        "physical_unit": unit,
                        "processed_at": processed,
                    }

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128)))


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write a result file as the cloud does."""
    with gzip.open(path, "wb", compresslevel=6) as file:
        file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def stamp(at: datetime) -> str:
    """Return a time as the cloud writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _serve(folder: Path) -> web.Application:
    """Answer every job at once with the file in the folder that is called like its path."""

    async def submit(request: web.Request) -> web.Response:
        name = request.path.strip("/").replace("/", "-")
        return web.json_response({"status": "Submitted", "request_uuid": name})

    async def poll(request: web.Request) -> web.Response:
        name = request.match_info["job"]
        file = f"{name}.gz"
        links = [f"http://{request.host}/file/{file}"] if (folder / file).exists() else []
        return web.json_response({"status": "Completed", "data_urls": links})

    app = web.Application()
    app.router.add_static("/file", folder)
    app.router.add_post("/{path:.+}", submit)
    app.router.add_get("/{path:.+}/{job}", poll)
    return app


async def _run(folder: Path) -> None:
    runner = web.AppRunner(_serve(folder))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1])))
