"""Simulators of testo clouds: real HTTP servers over one scripted fleet."""

from .alarms import Transition
from .channels import Channel, RadioSensor, Reading, Sensor
from .clock import ManualClock, RealClock
from .demo import demo_fleet
from .devices import Gateway, Logger, Site
from .faults import Faults
from .fleet import Fleet
from .kinds import ChannelSpec, Kind
from .limits import Limit, band
from .premises import Equipment, Step, Task, Window
from .pushing import Pushing
from .records import RequestRecord
from .saveris_2 import SAVERIS_2_PATH, Saveris2Simulator, saveris_2_token
from .saveris_2_odd import Oddities
from .saveris_data import (
    CHALLENGE_USER,
    GOOD_PASSWORD,
    GOOD_USER,
    NO_LICENCE_USER,
    TOKENLESS_USER,
    SaverisDataSimulator,
)
from .server import GOOD_KEY, NO_LICENCE_KEY, Simulator

__all__ = [
    "CHALLENGE_USER",
    "GOOD_KEY",
    "GOOD_PASSWORD",
    "GOOD_USER",
    "NO_LICENCE_KEY",
    "NO_LICENCE_USER",
    "SAVERIS_2_PATH",
    "TOKENLESS_USER",
    "Channel",
    "ChannelSpec",
    "Equipment",
    "Faults",
    "Fleet",
    "Gateway",
    "Kind",
    "Limit",
    "Logger",
    "ManualClock",
    "Oddities",
    "Pushing",
    "RadioSensor",
    "Reading",
    "RealClock",
    "RequestRecord",
    "Saveris2Simulator",
    "SaverisDataSimulator",
    "Sensor",
    "Simulator",
    "Site",
    "Step",
    "Task",
    "Transition",
    "Window",
    "band",
    "demo_fleet",
    "saveris_2_token",
]
