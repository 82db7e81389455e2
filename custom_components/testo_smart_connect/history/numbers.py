"""Short numbers for channels and units: the tables of readings hold these instead of names."""

from collections.abc import Iterator
import sqlite3

from ..monitoring.model import ChannelKey
from . import ledger_sql as sql
from .batch import Batch


class Numbers:
    """The numbers in a file, which only ever become more."""

    def __init__(self) -> None:
        """Know none before ``learn``."""
        self.channels: dict[ChannelKey, int] = {}
        self.keys: dict[int, ChannelKey] = {}
        self.units: dict[str, int] = {}
        self.texts: dict[int, str] = {}
        """The units by their numbers; the empty text where there is none."""

    def learn(self, db: sqlite3.Connection) -> None:
        """Take over those of a file: new, or after a transaction that was taken back."""
        self.keys = {no: (uuid, part) for no, uuid, part in db.execute(sql.ALL_CHANNELS)}
        self.channels = {key: no for no, key in self.keys.items()}
        self.texts = dict(db.execute(sql.ALL_UNITS))
        self.units = {text: no for no, text in self.texts.items()}

    def channel(self, db: sqlite3.Connection, key: ChannelKey) -> int:
        """Return the number of a channel, a new one if it has none."""
        if key not in self.channels:
            number = db.execute(sql.NEW_CHANNEL, key).fetchone()[0]
            self.channels[key], self.keys[number] = number, key
        return self.channels[key]

    def unit(self, db: sqlite3.Connection, unit: str | None) -> int:
        """Return the number of a unit, a new one if it has none."""
        text = unit or ""
        if text not in self.units:
            number = db.execute(sql.NEW_UNIT, (text,)).fetchone()[0]
            self.units[text], self.texts[number] = number, text
        return self.units[text]

    def channels_of(self, db: sqlite3.Connection, batch: Batch) -> list[int]:
        """Return the number of the channel of each reading."""
        keys = [*batch.keys]
        for key in dict.fromkeys(keys):
            self.channel(db, key)
        return [*map(self.channels.__getitem__, keys)]

    def units_of(self, db: sqlite3.Connection, batch: Batch) -> Iterator[int]:
        """Yield the number of the unit of each reading."""
        numbers = {unit: self.unit(db, unit) for unit in dict.fromkeys(batch.units)}
        return map(numbers.__getitem__, batch.units)
