"""Long work on the event loop lets others have their turn, by time."""

import asyncio
from itertools import pairwise

import pytest

from custom_components.testo_smart_connect.account.turns import in_turns


@pytest.mark.parametrize(("cost", "turns"), [(0.0005, 9), (0.003, 50), (0.5, 100)])
async def test_others_get_their_turn_after_some_milliseconds(
    monkeypatch: pytest.MonkeyPatch, cost: float, turns: int
) -> None:
    now, others = [0.0], []
    monkeypatch.setattr(
        "custom_components.testo_smart_connect.account.turns.perf_counter", lambda: now[0]
    )

    async def other() -> None:
        while True:
            others.append(now[0])
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    found = []
    async for item in in_turns(range(100)):
        found.append(item)
        now[0] += cost
    task.cancel()
    assert found == [*range(100)]
    assert abs(len(others) - turns) <= 1
    longest = max(after - before for before, after in pairwise(others))
    assert longest <= 0.005 + 2 * cost
