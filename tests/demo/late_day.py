"""A history to look at: a week behind it, and a day of one logger that comes late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.testo_smart_connect.const import DOMAIN

from .cloud import Cloud
from .dashboard import save
from .home import Home
from .past import FRIDGE
from .registry import Snapshot

_HOUR = timedelta(hours=1)
_RETURNS = timedelta(minutes=5)
"""After the full hour, when the statistics of the other loggers have been written."""
_AGO = timedelta(days=1)
_WEEK = timedelta(days=7)
_PATH = "late-day"


@dataclass(frozen=True, slots=True)
class LateDay:
    """The logger, and from when until when it has no network (UTC)."""

    serial: str
    name: str
    start: datetime
    end: datetime

    @classmethod
    async def begin(cls, cloud: Cloud) -> LateDay:
        """Take away the network of a logger as of yesterday, until after the next full hour."""
        logger, now = cloud.fleet.loggers[FRIDGE], datetime.now(UTC)
        full = now.replace(minute=0, second=0, microsecond=0) + _HOUR
        day = cls(logger.serial, logger.name, now - _AGO, full + _RETURNS)
        await cloud.disconnect(day.serial, day.start, day.end)
        return day

    async def show(self, home: Home, snapshot: Snapshot) -> None:
        """Import the week that lies behind, and add a dashboard with its statistics."""
        await home.post(
            f"/api/services/{DOMAIN}/import_history",
            {"start": (datetime.now(UTC) - _WEEK).isoformat()},
        )
        views = {"views": [self._view(snapshot)]}
        await save(home, _PATH, "Late day", "mdi:history", views)

    def text(self) -> str:
        """Return what a person has to know about it."""
        start, end = (f"{at.astimezone():%H:%M}" for at in (self.start, self.end))
        return (
            f"“{self.name}” has had no network since yesterday, {start}, and returns at {end}.\n"
            f"From the next full hour on, the page “Late day” ({_PATH}) shows the week but for\n"
            "these hours, and from the one that follows them as well.\n"
        )

    def _view(self, snapshot: Snapshot) -> Mapping[str, Any]:
        graphs = [
            {
                "type": "statistics-graph",
                "title": f"{self.name}: {entity.name}",
                "entities": [entity.entity_id],
                "period": "hour",
                "days_to_show": 3,
                "stat_types": ["mean", "min", "max"],
                "grid_options": {"columns": "full"},
            }
            for entity in snapshot.of(self.serial)
            if entity.attributes.get("state_class") == "measurement" and not entity.category
        ]
        return {
            "title": "Late day",
            "path": "statistics",
            "type": "sections",
            "max_columns": 1,
            "sections": [{"type": "grid", "cards": graphs}],
        }
