"""Tenants, and what is done by hand."""

from datetime import timedelta

from tests.simulator import Fleet, ManualClock, RealClock, Step, demo_fleet

from .conftest import HOUR, NOON, Guest, cut, period


async def test_tenants(guest: Guest, fleet: Fleet) -> None:
    rows = await guest.rows("/v3/tenants")
    account, *sites = sorted(rows, key=lambda row: str(row["organisation_id"]))
    assert account["tenant_uuid"] == fleet.tenant_uuid
    assert (account["parent_uuid"], account["is_operator"]) == (None, False)
    assert account["organisation_name"] == fleet.customer
    assert account["main_timezone"] == "Europe/Berlin"
    assert [row["organisation_name"] for row in sites] == [site.name for site in fleet.sites]
    assert {(row["parent_uuid"], row["is_operator"]) for row in sites} == {
        (fleet.tenant_uuid, True)
    }
    assert len({row["tenant_uuid"] for row in sites}) == len(sites)
    numbers = [row["organisation_id"] for row in (account, *sites)]
    assert numbers == ["MM-0001", "MM-0002", "MM-0003"]


async def test_a_task(guest: Guest, fleet: Fleet) -> None:
    site = fleet.sites[0]
    task = fleet.add_task(
        "Check fridge",
        site,
        start=NOON - HOUR,
        lasting=timedelta(minutes=9),
        username="maria",
        steps=(Step("4.7"), Step("all good", "make comment", "Say how it was.")),
    )
    rows = sorted(await guest.rows("/v3/tasks"), key=lambda row: row["sequence_no"])
    first, second = rows
    assert (first["sequence_no"], second["sequence_no"]) == (1, 2)
    assert (first["content"], second["content"]) == ("4.7", "all good")
    kinds = [row["process_step_type"] for row in rows]
    assert kinds == ["input number", "make comment"]
    assert second["process_step_instructions"] == "Say how it was."
    assert first["timestamp"] == "2026-07-01T11:03:00Z"
    assert second["timestamp"] == "2026-07-01T11:06:00Z"
    assert first["uuid"] != second["uuid"]
    for row in rows:
        assert row["task_title"] == "Check fridge"
        assert row["username"] == "maria"
        assert row["task_execution_uuid"] == task.uuid
        assert row["task_timestamp_start"] == "2026-07-01T11:00:00Z"
        assert row["task_timestamp_end"] == row["processed_at"] == "2026-07-01T11:09:00Z"
        assert (row["task_type"], row["task_status"]) == ("PLANNED", "FINISHED")
        assert (row["shift_begin"], row["shift_end"]) == (
            "2026-07-01T08:00:00Z",
            "2026-07-01T16:00:00Z",
        )
        assert (row["has_corrective_action"], row["alarm_log_uuid"]) == (False, None)
        assert (row["site_name"], row["marked_as_deleted"]) == (site.name, False)


async def test_tasks_of_other_types(guest: Guest, fleet: Fleet) -> None:
    site = fleet.sites[0]
    fleet.add_task("After an alarm", site, type="ALARM", alarm_uuid="a1", status="PAUSED")
    fleet.add_task("Some time", site, type="FLEXIBLE_PLANNED")
    rows = {row["task_title"]: row for row in await guest.rows("/v3/tasks")}
    alarm, flexible = rows["After an alarm"], rows["Some time"]
    assert (alarm["alarm_log_uuid"], alarm["task_status"]) == ("a1", "PAUSED")
    assert alarm["has_corrective_action"] is True
    assert alarm["process_step_corrective_action"] == "true"
    assert alarm["shift_uuid"] is not None
    assert cut(flexible, ("shift_uuid", "shift_begin", "shift_end")) == (None,) * 3
    assert alarm["user_uuid"] == flexible["user_uuid"]


async def test_three_shifts_a_day(guest: Guest, fleet: Fleet) -> None:
    for hours in (4, 5):
        fleet.add_task("Check", fleet.sites[0], start=NOON - hours * HOUR)
    rows = await guest.rows("/v3/tasks", **period(NOON - 6 * HOUR, NOON))
    shifts = {row["shift_begin"]: row["shift_end"] for row in rows}
    assert shifts == {
        "2026-07-01T00:00:00Z": "2026-07-01T08:00:00Z",
        "2026-07-01T08:00:00Z": "2026-07-01T16:00:00Z",
    }
    assert len({row["shift_uuid"] for row in rows}) == 2


async def test_tasks_by_time(guest: Guest, fleet: Fleet, clock: ManualClock) -> None:
    """A step belongs to the window in which it was done, and is there once its task has ended."""
    minutes = timedelta(minutes=10)
    fleet.add_task("Now", fleet.sites[0], start=NOON - minutes, lasting=3 * minutes)
    body = period(NOON - minutes, NOON + HOUR)
    assert await guest.rows("/v3/tasks", **body) == []
    clock.advance(2 * minutes - timedelta(seconds=1))
    assert await guest.rows("/v3/tasks", **body) == []
    clock.advance(timedelta(seconds=1))
    assert len(await guest.rows("/v3/tasks", **body)) == 2
    (early,) = await guest.rows("/v3/tasks", **period(NOON - minutes, NOON + minutes))
    (late,) = await guest.rows("/v3/tasks", **period(NOON + minutes, NOON + HOUR))
    assert (early["sequence_no"], late["sequence_no"]) == (1, 2)


async def test_a_task_that_ends_now(guest: Guest, fleet: Fleet) -> None:
    fleet.add_task("Just done", fleet.sites[0])
    rows = await guest.rows("/v3/tasks")
    assert {row["task_timestamp_end"] for row in rows} == {"2026-07-01T12:00:00Z"}
    assert len(rows) == 2


def test_the_demonstration_has_some_of_all(clock: ManualClock) -> None:
    fleet = demo_fleet(clock, loggers=4)
    assert len(fleet.tasks) == 4
    assert all(task.end <= NOON and task.username for task in fleet.tasks)
    held = [fleet.equipment(logger.sensors[0]) for logger in fleet.loggers]
    assert [len(it.windows) for it in held if it] == [2, 0, 0, 0]
    assert [it.area for it in held if it][::2] == ["Storage", "Cold kitchen"]
    assert demo_fleet(RealClock(), loggers=1, speed=60).tasks
