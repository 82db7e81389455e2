"""Messages of the alarm queue → values of the model.

A message tells what a row of the alarm feed tells, so that an alarm that comes both ways
is one: the same uuid, raised or not. It names neither the site nor the violation that a
recovery ends. Facts: Saveris Data API reference, appendix A and part 6.2.
"""

import orjson

from ...monitoring.model import Transition
from ..count import LOST_LINE, RowCount
from ..fields import Row, needed
from ..jobs.rows import transition

QUEUE = "alarms"
"""The last part of the queue's name."""


def alarm(body: bytes, row_count: RowCount) -> Transition | None:
    """Return what a message tells, None for what is not understood, which is counted."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        row_count.reject(LOST_LINE)
        return None
    if not isinstance(told, dict):
        row_count.reject("not_an_object")
        return None
    # The only name that a row does not have as well; of others it knows both spellings.
    row = {"serial_no": told.get("serial_number")} | told
    return next(row_count.parse([row], _identified), None)


def _identified(row: Row) -> tuple[Transition, ...]:
    """Parse a message that has an identity of its own.

    One that is derived from what it tells might differ from that of the row. Raises RowError.
    """
    needed(row, "uuid")
    return tuple(transition(row))
