"""What a call asks of reports, and the reports of its devices."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
import probatio

from ..account.account import Account
from ..account.calibrations import calibration_due
from ..const import DOMAIN
from ..monitoring.episodes import Episode
from ..monitoring.holding import Series
from ..monitoring.instruments import InstalledChannel
from ..monitoring.kinetic import ACTIVATION_ENERGY
from ..monitoring.models import model_name
from ..monitoring.report import Basis, figures
from ..monitoring.report_model import (
    ChannelReport,
    DeviceReport,
    Direction,
    LimitDoubt,
    LimitSource,
    ReportLimit,
)
from ..monitoring.reviews import reviews_of
from ..monitoring.temperature import in_unit, mkt_applies
from ..monitoring.window import Window
from .as_of import data_as_of, is_complete
from .episodes import alarm_of, episodes_of
from .period import PERIOD_FIELDS
from .portions import portions
from .targets import (
    TARGET_FIELDS,
    Meant,
    MeantDevice,
    by_account,
    described,
    entity_of,
    title_of,
)

ATTR_LOWER: Final = "lower"
ATTR_UPPER: Final = "upper"
ATTR_ENERGY: Final = "activation_energy"
_DIRECTIONS: Final[tuple[Direction, ...]] = ("lower", "upper")


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise probatio.Invalid("not a number")  # noqa: TRY003  as Home Assistant shows it
    return value


def _finite(value: float) -> float:
    if not isfinite(value):
        raise probatio.Invalid("not a number")  # noqa: TRY003  as Home Assistant shows it
    return value


_NUMBER = probatio.All(
    _no_truth, probatio.Coerce(float), _finite, probatio.Range(min=-1e6, max=1e6)
)
REPORT_FIELDS: Final[dict[Any, Any]] = {
    **TARGET_FIELDS,
    **PERIOD_FIELDS,
    probatio.Optional(ATTR_LOWER): _NUMBER,
    probatio.Optional(ATTR_UPPER): _NUMBER,
    probatio.Optional(ATTR_ENERGY, default=ACTIVATION_ENERGY): probatio.All(
        probatio.Coerce(float), _finite, probatio.Range(min=1, max=1000)
    ),
}


async def reports(
    call: ServiceCall, meant: Meant, window: Window, language: str | None = None
) -> AsyncGenerator[DeviceReport]:
    """Yield a report of each device. Raises a HomeAssistantError if something cannot be read.

    In a language, else in that of Home Assistant.
    """
    _check_order(call.data.get(ATTR_LOWER), call.data.get(ATTR_UPPER))
    known: dict[Account, Sequence[tuple[Episode, MeantDevice]]] = {}
    every = by_account(meant)
    async for portion in portions(meant, window):
        account = portion.account
        if account not in known:
            # Read once for all of them: what is no longer remembered takes a job.
            known[account] = await episodes_of(account, every[account], window)
        for device in portion.devices:
            of_device = [episode for episode, of in known[account] if of is device]
            asked = [_Asked.of(call, device, it, language) for it in device.channels]
            series = [portion.series[it.key] for it in device.channels]
            reckoned = await account.hass.async_add_executor_job(_reckoned, asked, series, window)
            yield _report(device, window, reckoned, of_device)


def _report(
    device: MeantDevice,
    window: Window,
    reckoned: Sequence[ChannelReport],
    episodes: Iterable[Episode],
) -> DeviceReport:
    account, instrument, channels = device.account, device.instrument, device.channels
    cycles = [it.figures.cycle for it in reckoned if it.figures.cycle]
    parts = {it.probe for it in channels}
    # Of one probe alone, what is said of the others says nothing.
    probe = parts.pop() if len(parts) == 1 else None
    return DeviceReport(
        **described(device),
        maker=account.kind.maker,
        model=model_name(instrument.model),
        firmware=instrument.firmware,
        start=window.start,
        end=window.end,
        time_zone=window.zone.key,
        cycle_seconds=min(cycles).total_seconds() if cycles else None,
        data_as_of=data_as_of(account, channels),
        complete=is_complete(account, channels, window),
        calibration_due=calibration_due(account, instrument, probe),
        channels=tuple(reckoned),
        alarms=tuple(alarm_of(account, episode) for episode in episodes),
        reviews=reviews_of(account.memory.reviews, instrument, window.start, window.end, probe),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is asked of one channel."""

    entity_id: str
    name: str
    decimals: int
    basis: Basis
    doubts: tuple[LimitDoubt, ...]

    @classmethod
    def of(
        cls,
        call: ServiceCall,
        device: MeantDevice,
        installed: InstalledChannel,
        language: str | None,
    ) -> _Asked:
        """Take limits from the call, else those that were entered, else those of the cloud."""
        channel, name = installed.channel, title_of(device, installed, language)
        energy = call.data[ATTR_ENERGY] if mkt_applies(channel.quantity, channel.unit) else None
        limits, doubts = _limits(call, device.account, installed, name)
        return cls(
            entity_id=entity_of(call, installed) or "",
            name=name,
            decimals=1 if channel.decimals is None else channel.decimals,
            basis=Basis(
                unit=channel.unit or "",
                cycle=installed.measuring_cycle,
                limits=limits,
                activation_energy=energy,
            ),
            doubts=doubts,
        )


def _reckoned(
    asked: Sequence[_Asked], series: Sequence[Series], window: Window
) -> list[ChannelReport]:
    found = []
    for it, readings in zip(asked, series, strict=True):
        inside = readings.inside(window.begins, window.ends)
        found.append(
            ChannelReport(
                entity_id=it.entity_id,
                name=it.name,
                unit=it.basis.unit,
                decimals=it.decimals,
                limits=tuple(it.basis.limits),
                figures=figures(readings, window, it.basis),
                times=inside.times,
                values=inside.values,
                doubts=it.doubts,
            )
        )
    return found


def _limits(
    call: ServiceCall, account: Account, installed: InstalledChannel, name: str
) -> tuple[tuple[ReportLimit, ...], tuple[LimitDoubt, ...]]:
    """Return the limits of a channel, and where it could have some that are not clear."""
    given = {it: call.data[it] for it in _DIRECTIONS if it in call.data}
    if given:
        return _as_limits(given, "given"), ()
    if entered := _entered(call.hass, installed):
        _check_order(entered.get("lower"), entered.get("upper"), name)
        return _as_limits(entered, "entered"), ()
    topology = account.view.topology
    known = topology.channel_limits
    of_cloud = {
        it: value
        for it in _DIRECTIONS
        if (limit := known.get((installed.key, (it, "alarm")))) is not None
        and (value := in_unit(limit.value, limit.unit, installed.channel.unit)) is not None
    }
    doubts = (
        LimitDoubt(direction=it, reason=reason)
        for it in _DIRECTIONS
        if (reason := topology.doubt(installed, (it, "alarm"))) is not None
    )
    return _as_limits(of_cloud, "testo"), tuple(doubts)


def _as_limits(values: Mapping[Direction, float], source: LimitSource) -> tuple[ReportLimit, ...]:
    return tuple(
        ReportLimit(direction=it, value=value, source=source) for it, value in values.items()
    )


def _entered(hass: HomeAssistant, installed: InstalledChannel) -> dict[Direction, float]:
    """Return the limits that the user entered for a channel, in its unit; the lower one first."""
    registry, found = er.async_get(hass), dict[Direction, float]()
    for direction in _DIRECTIONS:
        unique_id = f"{installed.unique_id}_report_{direction}"
        entity_id = registry.async_get_entity_id("number", DOMAIN, unique_id)
        state = hass.states.get(entity_id) if entity_id else None
        if state is None:
            continue
        try:
            entered = float(state.state)
        except ValueError:
            continue
        unit = state.attributes.get("unit_of_measurement")
        if (value := in_unit(entered, unit, installed.channel.unit)) is not None:
            found[direction] = value
    return found


def _check_order(lower: float | None, upper: float | None, name: str | None = None) -> None:
    if lower is not None and upper is not None and lower > upper:
        crossed = {"lower": f"{lower:g}", "upper": f"{upper:g}"}
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="limits_crossed_of" if name else "limits_crossed",
            translation_placeholders={**crossed, "name": name} if name else crossed,
        )
