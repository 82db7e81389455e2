"""Reports at the press of a button: scripts, and a page with a button for each."""

from collections.abc import Mapping
from typing import Any

from custom_components.testo_smart_connect.const import DOMAIN

from .cloud import TIME_LAPSE, Cloud
from .dashboard import save
from .home import Home
from .past import FRIDGE, LIMITS
from .registry import Snapshot

PATH = "monitoring-reports"
NOTIFICATION = "report"
"""The id of the notification with the links."""
_PERIODS = {
    "today": ("Today", "mdi:calendar-today"),
    "yesterday": ("Yesterday", "mdi:calendar-arrow-left"),
    "last_month": ("Last month", "mdi:calendar-month"),
}
_LINKS = """\
{% for file in report.files + readings.files %}
- <a href="{{ file.url }}" target="_blank">{{ file.path.split('/') | last }}</a>
{%- endfor %}"""


async def add_reports(home: Home, cloud: Cloud, snapshot: Snapshot) -> None:
    """Make the scripts as the editor does, and the page."""
    fridge = snapshot.devices[cloud.fleet.loggers[FRIDGE].serial]
    for period, (name, icon) in _PERIODS.items():
        await home.post(
            f"/api/config/script/config/{script(period)}", _script(period, name, icon, fridge.id)
        )
    config = {"views": [_view(fridge.name, cloud.speed)]}
    await save(home, PATH, "Reports", "mdi:file-chart", config)


def script(period: str) -> str:
    """Return the id of the script that reports a period."""
    return f"report_{period}"


def _script(period: str, name: str, icon: str, device: str) -> dict[str, Any]:
    target, when = {"device_id": device}, {"period": period}
    return {
        "alias": f"Report: {name}",
        "icon": icon,
        "sequence": [
            {
                "action": f"{DOMAIN}.export_report",
                "target": target,
                "data": {**when, **LIMITS},
                "response_variable": "report",
            },
            {
                "action": f"{DOMAIN}.export_measurements",
                "target": target,
                "data": when,
                "response_variable": "readings",
            },
            {
                "action": "persistent_notification.create",
                "data": {
                    "notification_id": NOTIFICATION,
                    "title": f"Report: {name}",
                    "message": _LINKS,
                },
            },
        ],
    }


def _view(fridge: str, speed: int) -> Mapping[str, Any]:
    buttons = [
        {
            "type": "button",
            "name": name,
            "icon": icon,
            "tap_action": {
                "action": "perform-action",
                "perform_action": f"script.{script(period)}",
            },
            "grid_options": {"columns": 4, "rows": 2},
        }
        for period, (name, icon) in _PERIODS.items()
    ]
    text = (
        f"A report of **{fridge}** as PDF, and its readings as CSV. The links come as a"
        " notification and are valid for a day; the files stay in the"
        " [media folder](/media-browser/browser)."
    )
    text += (
        "\n\nThis world is two hours old: yesterday and last month are mostly empty."
        if speed == TIME_LAPSE
        else "\n\nWhat is older than this Home Assistant is fetched from the cloud, in a while."
    )
    cards = [
        {"type": "heading", "heading": "Reports", "icon": "mdi:file-chart"},
        *buttons,
        {"type": "markdown", "content": text, "grid_options": {"columns": 12}},
    ]
    return {
        "title": "Reports",
        "path": "reports",
        "type": "sections",
        "max_columns": 1,
        "sections": [{"type": "grid", "cards": cards}],
    }
