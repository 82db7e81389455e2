"""Rows of quality tasks → the steps that were done.

Facts: Saveris Data reference, part 6.3.
"""

from collections.abc import Iterator

from ...monitoring.model import Task
from ...monitoring.quantities import normal
from ..fields import Row, boolean, identifier, integer, moment, needed, needed_moment, text


def task(row: Row) -> Iterator[Task]:
    """Parse a step; one that is deleted or of a task that goes on is none."""
    if boolean(row, "marked_as_deleted") or normal(text(row, "task_status")) != "finished":
        return
    yield Task(
        uuid=needed(row, "uuid"),
        at=needed_moment(row, "timestamp", "task_timestamp_end"),
        began=moment(row, "task_timestamp_start"),
        ended=moment(row, "task_timestamp_end"),
        title=text(row, "task_title"),
        process=text(row, "process_control_title"),
        category=text(row, "process_ctrl_category_title"),
        kind=normal(text(row, "task_type")),
        number=integer(row, "sequence_no"),
        instructions=text(row, "process_step_instructions"),
        step_kind=normal(text(row, "process_step_type")),
        result=text(row, "content"),
        corrected=boolean(row, "has_corrective_action"),
        alarm=identifier(row, "alarm_log_uuid"),
        user=text(row, "username"),
    )
