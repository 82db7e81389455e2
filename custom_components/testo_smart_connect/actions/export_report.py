"""The action that writes reports to hand over, one for each device."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any, BinaryIO, Final

from homeassistant.const import CONF_LANGUAGE
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.translation import async_get_translations
from homeassistant.loader import async_get_loaded_integration
from homeassistant.util import dt as dt_util
import probatio

from ..const import DOMAIN
from ..documents.errors import UnprintableError
from ..documents.words import LANGUAGES
from ..exports.report_file import ReportFormat, report_file
from ..monitoring.report_model import DeviceReport
from ..monitoring.window import Window
from .exporting import ExportFile, export
from .period import window_of
from .report import REPORT_FIELDS, reports
from .targets import Meant, measuring, readable

EXPORT_REPORT: Final = "export_report"
ATTR_FORMAT: Final = "format"
_FORMATS: Final[tuple[ReportFormat, ...]] = ("pdf", "html")
_SCHEMA = probatio.Schema(
    {
        **REPORT_FIELDS,
        probatio.Optional(ATTR_FORMAT, default="pdf"): probatio.In(_FORMATS),
        probatio.Optional(CONF_LANGUAGE): probatio.In(LANGUAGES),
    }
)


@callback
def async_setup_export_report(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN, EXPORT_REPORT, _export, _SCHEMA, supports_response=SupportsResponse.OPTIONAL
    )


async def _export(call: ServiceCall) -> dict[str, Any]:
    window = window_of(call)
    meant = await readable(call, measuring)
    return await export(call.hass, window, call.data[ATTR_FORMAT], _files(call, meant, window))


async def _files(call: ServiceCall, meant: Meant, window: Window) -> AsyncGenerator[ExportFile]:
    """Yield a file for each device."""
    hass = call.hass
    language = call.data.get(CONF_LANGUAGE, hass.config.language)
    # The names of channels are in it, too.
    await async_get_translations(hass, language, "entity", {DOMAIN})
    user = await hass.auth.async_get_user(call.context.user_id or "")
    render = partial(
        report_file,
        ending=call.data[ATTR_FORMAT],
        language=language,
        made_at=dt_util.utcnow(),
        made_by=user.name if user else None,
        version=str(async_get_loaded_integration(hass, DOMAIN).version),
    )
    async with aclosing(reports(call, meant, window, language)) as found:
        async for report in found:
            content = await _content(hass, partial(render, report), report)
            yield ExportFile(
                device_id=report.device_id,
                site=report.site,
                name=report.name,
                serial=report.serial,
                write=partial(_write, content=content, rows=_readings(report)),
            )


async def _content(hass: HomeAssistant, render: partial[bytes], report: DeviceReport) -> bytes:
    try:
        return await hass.async_add_executor_job(render)
    except UnprintableError as err:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="unprintable",
            translation_placeholders={"name": report.name, "characters": err.characters},
        ) from err


def _write(file: BinaryIO, *, content: bytes, rows: int) -> int:
    file.write(content)
    return rows


def _readings(report: DeviceReport) -> int:
    return sum(it.figures.count for it in report.channels)
