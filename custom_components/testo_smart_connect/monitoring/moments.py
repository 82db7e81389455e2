"""How long ago something was."""

from datetime import datetime, timedelta
from typing import TypeGuard


def is_recent(at: datetime | None, now: datetime, span: timedelta) -> TypeGuard[datetime]:
    """Tell whether a moment was within the span before now.

    One that is yet to come is not: the clock has been set back since.
    """
    return at is not None and timedelta() <= now - at < span
