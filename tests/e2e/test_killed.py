"""A Home Assistant that is killed in the middle of its work, and started again."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
import contextlib
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.history.hours import hour_of
from custom_components.testo_smart_connect.history.ledger import Ledger
from tests.demo.account import add_account
from tests.demo.check import Check
from tests.demo.child import usable_port
from tests.demo.cloud import TIME_LAPSE, Cloud
from tests.demo.home import Home
from tests.demo.registry import Snapshot, look

HOUR = timedelta(hours=1)
PATIENCE = 60.0


async def until(what: str, look_for: Callable[[], Awaitable[bool]], pause: float = 0.3) -> None:
    """Wait until something is seen."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await look_for():  # noqa: ASYNC110 - nobody sends an event
                await asyncio.sleep(pause)
    except TimeoutError:
        pytest.fail(f"{what} did not come within {PATIENCE:.0f} s")


async def asked(cloud: Cloud, words: str) -> None:
    """Wait for the next submission whose body holds some words."""
    before = len(await cloud.requests())

    async def seen() -> bool:
        fresh = (await cloud.requests())[before:]
        return any(it["method"] == "POST" and words in str(it["body"]) for it in fresh)

    await until("the next submission", seen, pause=0.05)


async def shown(home: Home, entry_id: str, least: int = 10) -> set[str]:
    """Wait until enough channels show a value; return which do."""
    found: set[str] = set()

    async def enough() -> bool:
        entities = (await look(home, entry_id)).entities.values()
        values = (it for it in entities if it.unit and it.state not in {"unavailable", "unknown"})
        found.update(it.unique_id for it in values)
        return len(found) >= least

    await until("enough values", enough)
    return found


async def written(store: Path) -> None:
    """Wait until the store is being written."""
    before = store.stat().st_mtime_ns  # noqa: ASYNC240 - a moment counts

    async def begun() -> bool:
        beside = list(store.parent.glob("tmp*"))
        return bool(beside) or store.stat().st_mtime_ns != before  # noqa: ASYNC240 - the same

    await until("the next write", begun, pause=0.001)


async def events(home: Home, snapshot: Snapshot, since: datetime) -> Counter[tuple[Any, ...]]:
    """Return how often each end of each episode was told; a restart shows the last one again."""
    ids = [it.entity_id for it in snapshot.entities.values() if it.platform == "event"]
    told = await home.get(
        f"/api/history/period/{since:%Y-%m-%dT%H:%M:%SZ}?filter_entity_id={','.join(ids)}"
    )
    fired = {
        (state["entity_id"], state["state"], facts["event_type"], facts["episode_id"])
        for states in told
        for state in states
        if (facts := state["attributes"]).get("event_type")
    }
    return Counter((kind, episode) for _, _, kind, episode in fired)


def assert_kept(cloud: Cloud, path: Path) -> None:
    """Compare the readings that are kept of the last full hours with what was measured."""
    now = datetime.now(UTC)
    end = hour_of(now)
    start = end - 20 * HOUR
    truth = Counter(
        (reading.channel.sensor.uuid, reading.channel.number, hour_of(reading.at))
        for reading in cloud.fleet.readings(start, end, visible_at=now)
    )
    assert len(truth) > 20
    ledger = Ledger(path)
    try:
        # Those that stand in the statistics already are to be counted as well.
        ledger.touch({(sensor, number) for sensor, number, _ in truth}, start, end)
        kept = {(*key, it.start): it.count for key, it in ledger.pending(end, 100_000)}
    finally:
        ledger.close()
    assert {key: kept.get(key, 0) for key in truth} == truth


async def test_killed_during_a_refresh_an_import_and_a_store_write(
    socket_enabled: None,  # noqa: ARG001 - it allows sockets
    tmp_path: Path,
) -> None:
    begun, port = datetime.now(UTC), usable_port(0)
    async with ClientSession() as http, contextlib.AsyncExitStack() as parts:
        cloud = await Cloud.start("smart_connect", tmp_path, TIME_LAPSE, http)
        parts.push_async_callback(cloud.child.stop)

        async def start() -> Home:
            home = await Home.start(tmp_path, port, http)
            parts.push_async_callback(home.stop)
            return home

        home = await start()
        entry_id = await add_account(home, cloud)
        before = await shown(home, entry_id)
        await asked(cloud, "date_time_from")
        await home.kill()

        home = await start()
        await shown(home, entry_id, len(before))
        first = hour_of(datetime.now(UTC)) - 30 * HOUR
        await home.post(
            f"/api/services/{DOMAIN}/import_history",
            {"start": f"{first:%Y-%m-%d %H:%M:%S+00:00}", "config_entry_id": entry_id},
        )
        await asked(cloud, "sensor_uuid eq")
        await home.kill()

        home = await start()
        await shown(home, entry_id, len(before))
        # A mark that an event was told is not the write that is cut off.
        await cloud.fail(on={"alarms": {"server_error": 500}})
        store = tmp_path / ".storage" / f"{DOMAIN}.{cloud.fleet.tenant_uuid}"
        await written(store)
        await home.kill()

        await cloud.fail(on={})
        home = await start()
        await shown(home, entry_id, len(before))

        async def imported() -> bool:
            return not json.loads(store.read_text())["data"]["imports"]

        await until("the end of the import", imported)
        last, _ = await Check(home, cloud, entry_id).everything()
        told = await events(home, last, begun)
        await home.stop()
        assert not [what for what, times in told.items() if times > 1]
        assert_kept(cloud, store.with_name(f"{store.name}.readings"))
