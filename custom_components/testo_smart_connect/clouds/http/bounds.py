"""How much a cloud may deliver before it is refused, and why each number is what it is.

The yardstick is a chain of 2,600 loggers with 10,400 channels, measured every five
minutes: 21 million readings in a window of seven days. With all columns such a row has
600 bytes, so they are 13 GB as text and about 2 GB zipped (random uuids do not shrink).
"""

from dataclasses import dataclass

_MIB = 1 << 20
_GIB = 1 << 30

LARGEST_ANSWER = 4 * _MIB
"""Bytes of the answer to a submission or poll: 500 links of 2 kB each are 1 MB."""
MOST_LINKS = 500
"""Files of a job, which are open at once; engines that split a result make some dozens."""
LONGEST_LINK = 16 * 1024
"""Characters; a signed link has about 2,000."""
MOST_REDIRECTS = 3
"""File stores answer at once, or point to another region of theirs."""
LONGEST_LINE = 16 * _MIB
"""Bytes. One row is one line, but an array of all channels may stand on one as well."""
LONGEST_ROW = _MIB
"""Characters of one row; the longest hold the limits of a measuring object, some kB."""
LONGEST_NAME = 255
"""Characters of a name or other text; what is longer is cut. Nobody can read more."""
LONGEST_IDENTIFIER = 255
"""Characters of what tells things apart, which must not be cut. Uuids have 36."""
LONGEST_WAIT = 86_400.0
"""Seconds for which a cloud may ask to wait."""
LONGEST_JOB = 1200.0
"""Seconds until the files of a job are there. Within them a line of 15 Mbit/s brings the
2 GB of the yardstick, and two jobs that drip are noticed within the hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The most that the files of one job may hold together."""

    downloaded: int
    """Bytes."""
    unzipped: int
    """Bytes."""
    rows: int


STREAMED = Bounds(downloaded=16 * _GIB, unzipped=64 * _GIB, rows=100_000_000)
"""Of what is read some at a time and never held: about five times the yardstick."""
HELD = Bounds(downloaded=_GIB, unzipped=4 * _GIB, rows=1_000_000)
"""Of what becomes a list: a hundred times the channels of the yardstick."""
