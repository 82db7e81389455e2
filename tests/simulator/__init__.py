"""A simulator of the testo Smart Connect cloud: a real HTTP server over a scripted fleet."""

from .alarms import Transition
from .channels import Channel, RadioSensor, Reading, Sensor
from .clock import ManualClock, RealClock
from .demo import demo_fleet
from .devices import Gateway, Logger, Site
from .faults import Faults
from .fleet import Fleet
from .kinds import ChannelSpec, Kind
from .limits import Limit, band
from .records import RequestRecord
from .server import GOOD_KEY, NO_LICENCE_KEY, Simulator

__all__ = [
    "GOOD_KEY",
    "NO_LICENCE_KEY",
    "Channel",
    "ChannelSpec",
    "Faults",
    "Fleet",
    "Gateway",
    "Kind",
    "Limit",
    "Logger",
    "ManualClock",
    "RadioSensor",
    "Reading",
    "RealClock",
    "RequestRecord",
    "Sensor",
    "Simulator",
    "Site",
    "Transition",
    "band",
    "demo_fleet",
]
