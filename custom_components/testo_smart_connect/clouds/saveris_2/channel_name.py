"""What the name of a channel tells: ``T3_90000104_1``. Facts: Saveris 2 reference, part 7."""

from dataclasses import dataclass

_FEWEST_DIGITS = 6
_MOST_DIGITS = 4
"""Of the number of a channel; a logger has two or three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelName:
    """Where a channel is: on a logger, or on its own where its name tells none."""

    serial: str
    number: int
    model: str | None = None

    @classmethod
    def of(cls, name: str, point: str) -> ChannelName:
        """Read a name; one of another form stands for itself, at its measuring point."""
        *kind, serial, number = ("", *name.split("_"))
        is_serial = len(serial) >= _FEWEST_DIGITS and serial.isascii() and serial.isdecimal()
        is_number = len(number) <= _MOST_DIGITS and number.isascii() and number.isdecimal()
        if not (is_serial and is_number):
            return cls(serial=f"{point}_{name}", number=0)
        model = "_".join(filter(None, kind))
        return cls(serial=serial, number=int(number), model=f"Saveris 2-{model}" if model else None)
