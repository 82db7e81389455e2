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
from .logins import CHALLENGE_USER, NO_LICENCE_USER, TOKENLESS_USER
from .management import ManagementSimulator
from .management_account import MANAGEMENT_PASSWORD, MANAGEMENT_USER
from .management_odd import ManagementOddities
from .management_targets import ManagementWrite
from .premises import Equipment, Step, Task, Window
from .pushing import Pushing
from .records import RequestRecord
from .saveris_2 import SAVERIS_2_PATH, Saveris2Simulator, saveris_2_token
from .saveris_2_odd import Oddities
from .saveris_data import GOOD_PASSWORD, GOOD_USER, SaverisDataSimulator
from .sensorist import SENSORIST_PATH, SensoristSimulator
from .sensorist_account import GOOD_EMAIL
from .sensorist_age import EarlyRequest
from .sensorist_alarms import UserAlarm
from .sensorist_calls import Announcing, Delivery
from .sensorist_odd import SensoristOddities
from .sensorist_writes import Callback, Wipe, Workflow, Write
from .server import GOOD_KEY, NO_LICENCE_KEY, Simulator

__all__ = [
    "CHALLENGE_USER",
    "GOOD_EMAIL",
    "GOOD_KEY",
    "GOOD_PASSWORD",
    "GOOD_USER",
    "MANAGEMENT_PASSWORD",
    "MANAGEMENT_USER",
    "NO_LICENCE_KEY",
    "NO_LICENCE_USER",
    "SAVERIS_2_PATH",
    "SENSORIST_PATH",
    "TOKENLESS_USER",
    "Announcing",
    "Callback",
    "Channel",
    "ChannelSpec",
    "Delivery",
    "EarlyRequest",
    "Equipment",
    "Faults",
    "Fleet",
    "Gateway",
    "Kind",
    "Limit",
    "Logger",
    "ManagementOddities",
    "ManagementSimulator",
    "ManagementWrite",
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
    "SensoristOddities",
    "SensoristSimulator",
    "Simulator",
    "Site",
    "Step",
    "Task",
    "Transition",
    "UserAlarm",
    "Window",
    "Wipe",
    "Workflow",
    "Write",
    "band",
    "demo_fleet",
    "saveris_2_token",
]
