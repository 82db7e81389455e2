"""What a document consists of, in words: the same for every way to write it down.

All texts are plain and on one line; whoever writes them escapes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ..monitoring.report_model import ChannelReport
from .words import Words

type Align = Literal["left", "right"]
type Tone = Literal["plain", "good", "bad", "unsure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table; `width` is its part of the text's width."""

    title: str
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: what it says, and below it, smaller, what belongs to that."""

    text: str
    note: str = ""
    strong: bool = field(default=False, kw_only=True)
    tone: Tone = field(default="plain", kw_only=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; above its titles may stand groups: what they are called, over how many columns."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    groups: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The curve of a channel from start to end (UTC)."""

    channel: ChannelReport
    limits: tuple[tuple[float, str], ...]
    """Each with how it is written, without its unit."""
    caption: str
    """What the marks in it mean."""
    start: datetime
    end: datetime
    say: Words


@dataclass(frozen=True, slots=True)
class Signature:
    """Lines to fill in by hand, and what stands below each."""

    labels: tuple[str, ...]


type Block = Prose | Table | Figure | Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading (level 1 or 2) and what stands below it."""

    heading: str
    level: Literal[1, 2] = 1
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document."""

    language: str
    title: str
    """What it is."""
    subject: str
    """What it is about."""
    period: str
    facts: tuple[tuple[str, str], ...]
    """What stands in its head: names and values."""
    statement: str
    """What the first page has to say plainly."""
    sections: tuple[Section, ...]
    running: str
    """What stands at the head of every further page."""
    footer: str
    """What stands at the foot of every page."""
    page: str
    """How pages are counted, with the blanks `page` and `pages`."""
    creator: str
    author: str
    made_at: datetime


def texts(document: Document) -> Iterator[str]:
    """Yield everything that a document says, in its order."""
    yield from (document.title, document.subject, document.period)
    for fact in document.facts:
        yield from fact
    yield document.statement
    for section in document.sections:
        yield section.heading
        for block in section.blocks:
            yield from block_texts(block)
    yield from (document.running, document.footer)


def block_texts(block: Block) -> Iterator[str]:
    """Yield everything that a part says, in its order; of a curve only the line below it."""
    match block:
        case Prose(text):
            yield text
        case Table():
            yield from (title for title, _ in block.groups)
            yield from (column.title for column in block.columns)
            for cell in (cell for row in block.rows for cell in row):
                yield from (cell.text, cell.note)
        case Figure():
            yield block.caption
        case _:
            yield from block.labels
