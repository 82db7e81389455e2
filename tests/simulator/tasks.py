"""Rows of quality tasks, one for each step (Saveris Data part 6.3)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import orjson

from . import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .faults import Row
    from .fleet import Fleet
    from .premises import Task

_SHIFT = timedelta(hours=8)


def task_rows(fleet: Fleet, now: datetime, period: tuple[datetime, datetime]) -> Iterator[Row]:
    """Yield the steps that were done in a period and are visible at `now` (all UTC)."""
    start, end = period
    for task in tuple(fleet.tasks):
        if task.end + fleet.lag > now:
            continue
        head = _task_columns(fleet, task)
        tail = {"processed_at": texts.utc(task.end + fleet.lag)}
        for number in range(len(task.steps)):
            if start <= task.step_at(number) < end:
                yield head | _step_columns(fleet, task, number) | tail


def _task_columns(fleet: Fleet, task: Task) -> Row:
    manual = fleet.uuid_of("quality manual")
    flexible = task.type == "FLEXIBLE_PLANNED"
    begin = task.start.replace(hour=task.start.hour // 8 * 8, minute=0, second=0, microsecond=0)
    return {
        "uuid": None,
        "quality_manual_uuid": manual,
        "quality_manual_version_title": "Muster manual",
        "quality_manual_version_uuid": manual,
        "process_control_title": "Cold chain",
        "process_control_uuid": fleet.uuid_of("process control"),
        "process_ctrl_category_title": "Stationary monitoring",
        "process_ctrl_category_uuid": fleet.uuid_of("process control category"),
        "task_title": task.title,
        "task_uuid": fleet.uuid_of("task", task.title),
        "task_execution_uuid": task.uuid,
        "task_type": task.type,
        "has_corrective_action": task.corrected,
        "task_status": task.status,
        "shift_uuid": None if flexible else fleet.uuid_of("shift", begin),
        "shift_begin": None if flexible else texts.utc(begin),
        "shift_end": None if flexible else texts.utc(begin + _SHIFT),
        "task_timestamp_start": texts.utc(task.start),
        "task_timestamp_end": texts.utc(task.end),
        "tenant_uuid": fleet.tenant_uuid,
        "site_name": task.site.name,
        "site_number": "MM-0001",
        "app_version": "3.4.1",
        "serial_no_tablet": "T-00000001",
    }


def _step_columns(fleet: Fleet, task: Task, number: int) -> Row:
    step = task.steps[number]
    return {
        "uuid": fleet.uuid_of("task step", task.uuid, number),
        "process_step_instructions": step.instructions,
        "process_step_corrective_action": texts.flag(task.corrected),
        "marked_as_deleted": False,
        "username": task.username,
        "user_uuid": fleet.uuid_of("user", task.username),
        "process_step_type": step.kind,
        "process_step_uuid": fleet.uuid_of("process step", task.title, number),
        "sequence_no": number + 1,
        "timestamp": texts.utc(task.step_at(number)),
        "alarm_log_uuid": task.alarm_uuid,
        "content": step.content,
        "parameters": orjson.dumps({"unit": "CELSIUS"}).decode(),
        "context": orjson.dumps({"equipment": task.title}).decode(),
    }
