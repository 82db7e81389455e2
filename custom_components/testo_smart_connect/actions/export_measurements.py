"""The action that writes readings into files for spreadsheets, one for each device."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Any, BinaryIO, Final

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.util import dt as dt_util
import probatio

from ..const import DOMAIN
from ..documents.csv_file import CsvColumn, CsvStyle, CsvTable, write_csv
from ..monitoring.models import model_name
from ..monitoring.window import Window
from .exporting import ExportFile, export
from .past import past
from .period import PERIOD_FIELDS, window_of
from .portions import portions
from .targets import (
    TARGET_FIELDS,
    Meant,
    by_device,
    channels_meant,
    described,
    readable,
    title_of,
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
    meant = await readable(call, channels_meant(call), POLICY_READ)
    return await export(call.hass, window, "csv", _files(call, meant, window))


async def _files(call: ServiceCall, meant: Meant, window: Window) -> AsyncGenerator[ExportFile]:
    """Yield a file for each device, all its channels as columns."""
    made, language = dt_util.utcnow(), call.hass.config.language
    for account, portion in portions(meant, window):
        series = await past(account, portion, window)
        for serial, channels in by_device(account, portion).items():
            about = described(account, serial)
            columns = [
                CsvColumn(
                    title=title_of(account, it), unit=it.channel.unit, readings=series[it.key]
                )
                for it in channels
            ]
            table = CsvTable(
                device=about["name"],
                serial=serial,
                model=model_name(account.view.topology.instruments[serial].model),
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
