"""What can be odd about answers of the Device Management API (Device Management parts 6 and 11)."""

from dataclasses import dataclass, field
from typing import Any, Literal

type Readable = Literal[
    "devices", "settings", "sensors", "alarm_configurations", "measuring_objects"
]


@dataclass(slots=True)
class ManagementOddities:
    """Switches beside the faults that every cloud has; they may change at any time and combine.

    Fields are called as they are without any of these switches.
    """

    # Sites and connect keys
    sites_by: Literal["both", "uuid", "name"] = "both"
    """What `site` may be; the other is refused. `customer_site` tells the uuid, or the name."""
    without_keys: bool = False
    """Sites have no connect key until one is created; else they have one since long ago."""
    key_name: str = "connect_key"
    """What the connect key is called in answers."""

    # Reading
    readable: set[Readable] = field(default_factory=lambda: {"devices"})
    """What can be read at all."""
    absent_status: int = 404
    """The answer where nothing can be read: 404, 403 or 405."""
    bare_list: bool = False
    """Devices come as a list instead of below a name."""

    # Devices and sensors
    names: dict[str, str] = field(default_factory=dict)
    """Other names of fields, at any depth, in answers and in bodies."""
    seconds: bool = False
    """Cycles and their bounds are in seconds."""
    numbers_as_text: bool = False
    """Numbers are texts, in answers and in bodies."""
    capability_missing: bool = False

    # Writing
    puts_refused: int | None = None
    """403, 400, 409 or 500 for every PUT."""
    partial: Literal["refused", "wipes"] = "refused"
    """What becomes of a PUT without some fields: it is a 400, or they are null from then on."""
    ignores: bool = False
    """PUTs are answered with what was sent, and change nothing."""
    spills: dict[str, Any] = field(default_factory=dict)
    """What a PUT of a device changes beside what it asks for; its own answer does not show it."""
    slow_store: int = 0
    """How many further times a device or sensor is told as it was before its PUT."""
    put_body: Literal["object", "empty", "text"] = "object"
    """What a good PUT is answered with."""
    no_uuid: bool = False
    """A measuring object is created without telling its uuid."""
