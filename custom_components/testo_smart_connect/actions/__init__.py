"""The actions, a family in each module."""

from homeassistant.core import HomeAssistant, callback

from .acknowledge import async_setup_acknowledge
from .behind import Callers
from .confirm_review import async_setup_review
from .export_measurements import async_setup_export_measurements
from .export_report import async_setup_export_report
from .get_alarms import async_setup_get_alarms
from .get_inventory import async_setup_get_inventory
from .get_measurements import async_setup_get_measurements
from .get_report import async_setup_get_report
from .get_tasks import async_setup_get_tasks
from .import_history import async_setup_import
from .manage_sites import async_setup_manage_sites
from .set_alarms import async_setup_set_alarms


@callback
def async_setup_actions(hass: HomeAssistant) -> None:
    """Register the actions; they work on whatever accounts are loaded when called."""
    callers = Callers(hass)
    async_setup_acknowledge(hass, callers)
    async_setup_review(hass, callers)
    async_setup_import(hass)
    async_setup_get_measurements(hass)
    async_setup_get_alarms(hass)
    async_setup_get_inventory(hass)
    async_setup_get_report(hass)
    async_setup_get_tasks(hass)
    async_setup_export_measurements(hass)
    async_setup_export_report(hass)
    async_setup_set_alarms(hass)
    async_setup_manage_sites(hass)
