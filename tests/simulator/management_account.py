"""The account of a Device Management cloud: what it holds, and what tests know and do about it."""

from datetime import timedelta
import secrets
from typing import TYPE_CHECKING, Any, Final

from .logins import LoginHost
from .management_devices import Holdings
from .management_documents import Documents
from .management_objects import MeasuringObjects
from .management_odd import ManagementOddities
from .management_wire import Change, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .channels import Sensor
    from .devices import Gateway, Logger, Site
    from .faults import Faults
    from .fleet import Fleet
    from .management_objects import Watching
    from .management_targets import ManagementWrite

MANAGEMENT_USER = "simulator.settings.user"
MANAGEMENT_PASSWORD = "simulator-settings-password"
_SIGNS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class ManagementAccount(LoginHost):
    """The same fleet, for those who have an account that may change it."""

    login_path = "/token"
    token_life = timedelta(hours=24)
    good_login = (MANAGEMENT_USER, MANAGEMENT_PASSWORD)

    def __init__(
        self,
        fleet: Fleet,
        *,
        faults: Faults | None = None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a cloud; `users` are the passwords of the good users by name."""
        super().__init__(fleet, faults, users)
        self.odd = ManagementOddities()
        self.writes: list[ManagementWrite] = []
        self.connect_keys: dict[str, str] = {}
        """By the uuid of the site."""
        self.holdings = Holdings(fleet)
        self.documents = Documents()
        self.objects = MeasuringObjects(fleet)
        self._made_here: set[str] = set()

    @property
    def measuring_objects(self) -> Mapping[str, Watching]:
        """What was created here, by uuid."""
        return self.objects.created

    def changed_on_web(self, device: Logger | Gateway, **fields: Any) -> None:
        """Change a device as testo's web page would: `name`, `active`, `display_active`, cycles.

        Cycles are in milliseconds. ValueError for what cannot be.
        """
        change = Change(fields, frozenset())
        try:
            self.holdings.check(device, change)
        except RefusedError as error:
            raise ValueError(error.detail) from None
        self.holdings.apply(device, change)

    def unplug(self, sensor: Sensor) -> None:
        """Take a sensor out of its slot; what it measures is another matter."""
        self._connect(sensor, connected=False)

    def plug(self, sensor: Sensor) -> None:
        """Put a sensor back into its slot."""
        self._connect(sensor, connected=True)

    def _connect(self, sensor: Sensor, *, connected: bool) -> None:
        now = self.fleet.clock.now()
        sensor.connected, sensor.connection_changed_at = connected, now
        sensor.modified_at = sensor.device.modified_at = now

    # --- Sites --------------------------------------------------------------------------------

    def site(self, text: str) -> Site | None:
        """Return the site that is meant, if it may be called like that."""
        way = self.odd.sites_by
        for site in self.fleet.sites:
            if text == site.id and way != "name":
                return site
            if text == site.name and (way != "uuid" or site.id in self._made_here):
                return site
        return None

    def site_to_come(self, text: str) -> Site | None:
        """Return the site that is meant, a new one if there is none of that name."""
        known = self.site(text)
        if known is None and not any(text in (it.id, it.name) for it in self.fleet.sites):
            known = self.fleet.add_site(text, since=self.fleet.clock.now())
            self._made_here.add(known.id)
        return known

    def connect_key(self, site: Site, *, create: bool) -> str | None:
        """Return the connect key of a site; there is one, or it is created now."""
        if site.id not in self.connect_keys and (create or not self.odd.without_keys):
            parts = ("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(3))
            self.connect_keys[site.id] = "-".join(parts)
        return self.connect_keys.get(site.id)
