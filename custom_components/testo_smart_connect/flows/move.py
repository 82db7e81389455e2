"""The steps with which an account moves to the kind that replaces its own."""

import asyncio
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers import selector
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.util import dt as dt_util
import probatio

from ..account.account import Account
from ..actions.import_history import LONGEST_IMPORT
from ..clouds.base import Cloud
from ..const import CONF_REGION, CONF_STALE_AFTER, DOMAIN
from ..history.imports import jobs_of
from ..kinds.first_look import Found
from ..kinds.table import KINDS, kind_of
from ..monitoring.matching import Match, matched
from ..monitoring.topology import Topology, topology_of
from ..moving.carry import carried
from ..moving.evidence import Readings, agreement, readings_of
from ..moving.journal import moved
from ..moving.pairs import pairs_of
from ..moving.plan import plan_of
from ..moving.preview import table
from ..texts import text
from .login import LoginSteps

if TYPE_CHECKING:
    from ..moving.merge import Merged

MIGRATE: Final = "migrate"
CONF_IMPORT_SINCE: Final = "import_since"
_MONTH = timedelta(days=30)


class MoveSteps(LoginSteps):
    """What a flow needs in order to move an account."""

    def __init__(self) -> None:
        """Have nothing to move yet."""
        super().__init__()
        self._evidence: Readings = {}
        self._matches: tuple[Match, ...] = ()
        self._after = Topology()
        """What there is where the account moves to."""
        self._merging: asyncio.Task[tuple[Merged, ...]] | None = None

    def _moving(self) -> Account:
        """Return the account that is to move; what cannot move ends the form."""
        entry: ConfigEntry[Account] = self._get_reconfigure_entry()
        if kind_of(entry.data).successor is None:
            # Another form has moved it meanwhile.
            raise AbortFlow("already_configured")
        if entry.state is not ConfigEntryState.LOADED:
            raise AbortFlow("not_loaded")
        return entry.runtime_data

    async def async_step_migrate(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the new login, unless an account of the new kind has the loggers already."""
        account = self._moving()
        successor = KINDS[str(account.kind.successor)]
        if user_input is None and not self._typed:
            if (other := self._sharing(account)) is not None:
                return await self._offer_merge(account, other)
            self._typed = {**successor.blank(), CONF_REGION: account.entry.data[CONF_REGION]}
        return await self._ask(successor, MIGRATE, user_input)

    @override
    async def _look(self, cloud: Cloud) -> Found:
        """Look also for what shows which channels are the same."""
        found = await super()._look(cloud)
        if self._step == MIGRATE:
            latest = self._moving().memory.latest
            sensors = {sensor.uuid for _, sensor, _ in found.inventory.channels()}
            self._evidence = await readings_of(cloud, latest, sensors)
        return found

    async def async_step_migrate_preview(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what becomes of each channel, and move once that is confirmed."""
        account, found = self._moving(), self._checked()
        new_id = self._kind.entry_id(str(found.tenant))
        for entry in self.hass.config_entries.async_entries(DOMAIN):
            if entry.unique_id == new_id:
                if entry.state is ConfigEntryState.LOADED:
                    return await self._offer_merge(account, entry)
                return self.async_abort(reason="already_configured")
        self._after = await self.hass.async_add_executor_job(
            lambda: topology_of(
                found.inventory, found.names.locations, (), self._kind.mark, found.names.equipments
            )
        )
        shown = self._matches
        self._match(account, agreement(account.memory.latest, self._evidence))
        if not any(it.new for it in self._matches):
            return await self._give_up(account)
        errors = {}
        if user_input is not None:
            since: str | None = user_input.get(CONF_IMPORT_SINCE)
            if since and date.fromisoformat(since) > dt_util.now().date():
                errors[CONF_IMPORT_SINCE] = "future_date"
            elif _same(shown, self._matches):
                return await self._move(account, new_id, since)
            # Something else is there by now, which nobody has confirmed.
        fields = {probatio.Optional(CONF_IMPORT_SINCE): selector.DateSelector()}
        return self.async_show_form(
            step_id="migrate_preview",
            data_schema=self.add_suggested_values_to_schema(probatio.Schema(fields), user_input),
            errors=errors,
            description_placeholders={**await self._told(account), "jobs": str(self._jobs())},
        )

    def _match(self, account: Account, agree: Any) -> None:
        before = account.view.topology.channels.values()
        self._matches = matched(before, self._after.channels.values(), agree)

    async def _give_up(self, account: Account) -> ConfigFlowResult:
        """End the form because nothing is matched; of loggers that are there it says why."""
        words = await self._told(account)
        if any(it.is_there for it in self._matches):
            return self.async_abort(reason="nothing_certain", description_placeholders=words)
        return self.async_abort(reason="nothing_matches", description_placeholders=words)

    async def _told(self, account: Account) -> dict[str, str]:
        """Return what a preview says."""
        return {
            "account": account.title,
            "table": await table(self.hass, self._matches),
            "matched": str(sum(it.new is not None for it in self._matches)),
            "channels": str(len(self._matches)),
        }

    def _jobs(self) -> int:
        """Return how many jobs it takes to import a month."""
        now, traits = dt_util.utcnow(), self._kind.traits
        sensors = {it.new.sensor.uuid for it in self._matches if it.new}
        period = (now - _MONTH, now)
        return jobs_of(sensors, period, traits.longest_window, traits.most_sensors)

    async def _move(self, account: Account, new_id: str, since: str | None) -> ConfigFlowResult:
        """Move the account; nothing has been changed before."""
        found, entry = self._checked(), account.entry
        plan = plan_of(
            self.hass,
            entry.entry_id,
            (account.tenant, new_id),
            (account.view.topology, self._after),
            self._matches,
        )
        memory = carried(account, found, self._matches, plan)
        if since:
            earliest = (dt_util.now() - LONGEST_IMPORT).date()
            begin = max(date.fromisoformat(since), earliest)
            memory.import_since = dt_util.as_utc(datetime.combine(begin, time()))
        if not await moved(self.hass, plan, memory):
            return self.async_abort(reason="not_unloaded")
        renamed = entry.title != account.kind.product
        self.hass.config_entries.async_update_entry(
            entry,
            unique_id=new_id,
            title=entry.title if renamed else found.title or self._kind.product,
            data=self._data,
            options={it: entry.options[it] for it in (CONF_STALE_AFTER,) if it in entry.options},
        )
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_abort(reason="moved", description_placeholders=await self._told(account))

    # --- An account of the new kind has the loggers already -------------------------------------

    def _sharing(self, account: Account) -> ConfigEntry[Account] | None:
        """Return a loaded account of the new kind that has some of the loggers."""
        mine = {it.serial for it in account.instruments}
        entries: Iterable[ConfigEntry[Account]] = self.hass.config_entries.async_loaded_entries(
            DOMAIN
        )
        for entry in entries:
            if kind_of(entry.data).name == account.kind.successor and any(
                it.serial in mine for it in entry.runtime_data.instruments
            ):
                return entry
        return None

    async def _offer_merge(self, account: Account, other: ConfigEntry[Account]) -> ConfigFlowResult:
        if DATA_INSTANCE not in self.hass.data:
            return self.async_abort(reason="no_recorder")
        self._after = other.runtime_data.view.topology
        self._evidence = {
            key: ((it.at.timestamp(), it.value, it.unit),)
            for key, it in other.runtime_data.memory.latest.items()
        }
        self._match(account, agreement(account.memory.latest, self._evidence))
        if not any(it.new for it in self._matches):
            return await self._give_up(account)
        return await self.async_step_merge()

    async def async_step_merge(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show which entities are the same, and carry their statistics over."""
        account = self._moving()
        if user_input is not None:
            return await self.async_step_merging()
        return self.async_show_form(
            step_id="merge",
            data_schema=probatio.Schema({}),
            description_placeholders=await self._told(account),
        )

    async def async_step_merging(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Carry the statistics over, while the form shows that it takes a while."""
        from ..moving.merge import merge  # noqa: PLC0415  it needs the recorder

        if self._merging is None:
            work = merge(self.hass, pairs_of(self.hass, self._matches))
            self._merging = self.hass.async_create_task(work, f"{DOMAIN} merge")
        if not self._merging.done():
            return self.async_show_progress(
                step_id="merging", progress_action="merge", progress_task=self._merging
            )
        return self.async_show_progress_done(next_step_id="merged")

    async def async_step_merged(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say what was carried over."""
        done = self._merging.result() if self._merging else ()
        refused = [it for it in done if it.refused]
        words = [f"{it.old} ({await text(self.hass, f'merge_{it.refused}')})" for it in refused]
        return self.async_abort(
            reason="merged",
            description_placeholders={
                "hours": str(sum(it.hours for it in done)),
                "sensors": str(len(done) - len(refused)),
                "refused": ", ".join(words) or "–",
            },
        )


def _same(shown: Iterable[Match], now: Iterable[Match]) -> bool:
    """Tell whether nothing else becomes of any channel than was shown."""
    return [_told_of(it) for it in shown] == [_told_of(it) for it in now]


def _told_of(match: Match) -> tuple[str, str | None]:
    return match.old.unique_id, match.new.unique_id if match.new else None
