"""The action that writes readings into files for spreadsheets, one for each device."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Any, BinaryIO, Final

from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.util import dt as dt_util
import probatio

from ..const import DOMAIN
from ..documents.csv_file import CsvColumn, CsvStyle, CsvTable, write_csv
from ..monitoring.models import model_name
from ..monitoring.window import Window
from .exporting import ExportFile, export
from .period import PERIOD_FIELDS, window_of
from .portions import portions
from .targets import (
    TARGET_FIELDS,
    Meant,
    described,
    readable,
    title_of,
    with_channels,
)

EXPORT_MEASUREMENTS: Final = "export_measurements"
ATTR_FORMAT: Final = "format"
_STYLES: Final[tuple[CsvStyle, ...]] = ("international", "german")
_SCHEMA = probatio.Schema(
    {
        **TARGET_FIELDS,
        **PERIOD_FIELDS,
        probatio.Optional(ATTR_FORMAT, default="international"): probatio.In(_STYLES),
    }
)


@callback
def async_setup_export_measurements(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN, EXPORT_MEASUREMENTS, _export, _SCHEMA, supports_response=SupportsResponse.OPTIONAL
    )


async def _export(call: ServiceCall) -> dict[str, Any]:
    window = window_of(call)
    meant = await readable(call, with_channels)
    return await export(call.hass, window, "csv", _files(call, meant, window))


async def _files(call: ServiceCall, meant: Meant, window: Window) -> AsyncGenerator[ExportFile]:
    """Yield a file for each device, all its channels as columns."""
    made, language = dt_util.utcnow(), call.hass.config.language
    async for portion in portions(meant, window):
        for it in portion.devices:
            about = described(it)
            columns = [
                CsvColumn(
                    title=title_of(it, each),
                    unit=each.channel.unit,
                    readings=portion.series[each.key],
                )
                for each in it.channels
            ]
            table = CsvTable(
                device=about["name"],
                serial=about["serial"],
                model=model_name(it.instrument.model),
                site=about["site"],
                window=window,
                columns=columns,
            )
            write = partial(
                _write, table=table, style=call.data[ATTR_FORMAT], language=language, made=made
            )
            yield ExportFile(**about, write=write)


def _write(file: BinaryIO, **what: Any) -> int:
    return write_csv(file, **what).rows
