"""Product kinds: which sensors and channels a device brings along (API parts 7.1 and 10)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from .curves import absolute_humidity, dew_point

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A channel as a product has it.

    `base`, `swing` and `noise` describe the natural curve in `unit`. A channel with `derive` is
    computed from air temperature (°C) and relative humidity (%) of the same sensor.
    """

    property: str
    extension: str
    unit: str | None
    exponent: int = 1
    base: float = 20.0
    swing: float = 1.0
    noise: float = 0.1
    derive: Callable[[float, float], float] | None = None
    external: bool = False


@dataclass(frozen=True, slots=True)
class SensorSpec:
    """A sensor as a product has it."""

    model: str
    channels: tuple[ChannelSpec, ...]


_AIR = ChannelSpec("Temperature", "Air Temperature", "°C", base=20.5, swing=1.2)
_PROBE = ChannelSpec("Temperature", "Air Temperature", "°C", base=-19.0, swing=0.8, external=True)
_CORE = ChannelSpec("Temperature", "Product Temperature", "°C", base=5.0, swing=0.6, external=True)
_HUMIDITY = ChannelSpec("Humidity", "Relative Humidity", "%rF", base=48.0, swing=4.0, noise=0.5)
_DEW = ChannelSpec("Temperature", "Dewpoint Temperature", "°C", derive=dew_point)
_WATER = ChannelSpec("Density", "Absolute Humidity", "g/m³", derive=absolute_humidity)
_PRESSURE = ChannelSpec("Pressure", "Absolute Pressure", "hPa", 1, 1009.0, 3.0, 0.2)
_CO2 = ChannelSpec("CO2", "Unknown", "ppm", 0, 720.0, 180.0, 25.0)
_LIGHT = ChannelSpec("Illuminance", "Unknown", "lx", 0, 140.0, 90.0, 15.0)
_DOOR = ChannelSpec("Unknown", "Door Contact", None, 0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Kind:
    """A product: its name, article number and sensors."""

    name: str
    model: str
    sensors: tuple[SensorSpec, ...]

    TEMPERATURE: ClassVar[Kind]
    PROBES: ClassVar[Kind]
    CLIMATE: ClassVar[Kind]
    AIR_QUALITY: ClassVar[Kind]
    PRODUCT: ClassVar[Kind]
    DOOR: ClassVar[Kind]
    TWIN: ClassVar[Kind]

    @classmethod
    def of(cls, *channels: ChannelSpec | tuple[str, str, str | None, int]) -> Self:
        """Return a kind with one sensor of any channels.

        A channel is a spec or (property, extension, unit, exponent).
        """
        specs = (spec if isinstance(spec, ChannelSpec) else ChannelSpec(*spec) for spec in channels)
        return cls("Special", "0572 2099", (SensorSpec("0572 2299", tuple(specs)),))


Kind.TEMPERATURE = Kind("T1", "0572 2031", (SensorSpec("0572 2211", (_AIR,)),))
Kind.PROBES = Kind(
    "T2", "0572 2032", (SensorSpec("0572 2215", (_PROBE,)), SensorSpec("0572 2215", (_PROBE,)))
)
Kind.CLIMATE = Kind("H1", "0572 2034", (SensorSpec("0572 2212", (_AIR, _HUMIDITY, _DEW, _WATER)),))
Kind.AIR_QUALITY = Kind(
    "IAQ", "0572 2036", (SensorSpec("0572 2216", (_AIR, _HUMIDITY, _PRESSURE, _CO2, _LIGHT)),)
)
Kind.PRODUCT = Kind("T3", "0572 2033", (SensorSpec("0572 2213", (_CORE,)),))
Kind.DOOR = Kind("DC", "0572 2037", (SensorSpec("0572 2214", (_DOOR,)),))
Kind.TWIN = Kind("TT", "0572 2038", (SensorSpec("0572 2217", (_PROBE, _PROBE)),))
