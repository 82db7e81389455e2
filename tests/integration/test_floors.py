"""The floors of the house: what knows whom, and what works without Home Assistant."""

import ast
import asyncio
from collections.abc import Iterator
from datetime import timedelta
import json
from pathlib import Path
import sys

import pytest

from custom_components import testo_smart_connect
from tests.integration.conftest import START
from tests.simulator import Faults, Fleet, Kind, ManualClock, Simulator

HOUSE = Path(testo_smart_connect.__file__).parent
BELOW = {
    "monitoring": {"monitoring"},
    "history": {"history", "monitoring"},
    "documents": {"documents", "monitoring"},
    "clouds": {
        *("clouds", "history.batch", "monitoring.active"),
        *("monitoring.codec", "monitoring.equipment", "monitoring.model", "monitoring.moments"),
        *("monitoring.quantities", "monitoring.schedule"),
    },
}

# Runs in a Python of its own: a house of another name, which has these floors and nothing else.
ALONE = """
import asyncio, importlib, json, pkgutil, sys, types
from datetime import datetime, timedelta

class NoHomeAssistant:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "homeassistant":
            raise ModuleNotFoundError("refused: " + name)
        return None

house, address, key, start = sys.argv[1:]
sys.meta_path.insert(0, NoHomeAssistant())
bare = types.ModuleType("bare")
bare.__path__ = [house]
sys.modules["bare"] = bare

loaded = []
for floor in ("monitoring", "history", "documents", "clouds"):
    package = importlib.import_module("bare." + floor)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if module.ispkg:
            continue
        importlib.import_module(module.name)
        loaded.append(module.name)

from bare.clouds.jobs.runner import JobRunner
from bare.clouds.http.credentials import Key
from bare.clouds.jobs.smart_connect import KEY_HEADER, SmartConnect
from bare.clouds.http.transport import Transport
import aiohttp

async def at_once(seconds):
    await asyncio.sleep(0)

async def main():
    async with aiohttp.ClientSession() as session:
        proof = Key(name="key", header=KEY_HEADER, key=key)
        cloud = SmartConnect(JobRunner(Transport(session, address, proof, sleep=at_once)))
        inventory = (await cloud.inventory()).value
        end = datetime.fromisoformat(start)
        readings = await cloud.readings(
            end - timedelta(hours=1), end, lambda found: [x for it in found for x in it.values]
        )
    foreign = sorted(
        name for name in sys.modules
        if name.partition(".")[0] in ("homeassistant", "custom_components")
    )
    print(json.dumps({
        "loaded": loaded,
        "foreign": foreign,
        "tenant": inventory.tenant,
        "serials": [device.serial for device in inventory.devices],
        "readings": readings.value,
    }))

asyncio.run(main())
"""


def modules(floor: str) -> list[Path]:
    found = sorted((HOUSE / floor).rglob("*.py"))
    assert found
    return found


def imports(file: Path) -> Iterator[str]:
    """Yield what a module imports; names of this house without the house's own name."""
    inside = file.relative_to(HOUSE).with_suffix("").parts
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert node.module
            yield node.module
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= len(inside), "reaches out of the house"
            package = (*inside[: len(inside) - node.level], *(node.module or "").split("."))
            whole = ".".join(filter(None, package))
            # `from . import x` and `from ..monitoring import x` name modules.
            named = [f"{whole}.{alias.name}".strip(".") for alias in node.names]
            for name in named:
                path = HOUSE.joinpath(*name.split("."))
                is_module = path.is_dir() or path.with_suffix(".py").exists()
                yield "house." + (name if is_module else whole)


@pytest.mark.parametrize("floor", BELOW)
def test_a_floor_knows_only_what_lies_below(floor: str) -> None:
    for file in modules(floor):
        for name in imports(file):
            assert name.partition(".")[0] not in {"homeassistant", "custom_components"}, file
            if name.startswith("house."):
                known = name.removeprefix("house.")
                assert any(
                    known == lower or known.startswith(f"{lower}.") for lower in BELOW[floor]
                ), f"{file.name} imports {known}"


def test_nobody_knows_who_is_above() -> None:
    """Each folder knows those before it, and what all share; those of one floor not each other."""
    floors: list[tuple[str, ...]] = [
        ("monitoring",),
        ("history", "documents"),
        ("clouds",),
        ("kinds",),
        ("account",),
        ("exports",),
    ]
    floors += [("coordinators", "actions", "statistics", "automations", "moving"), ("flows",)]
    shared = {"house.const", "house.texts", "house.errors"}
    below = set[str]()
    for floor in floors:
        for folder in floor:
            ours = {folder, *below}
            if folder in {"actions", "moving"}:
                ours.add("statistics")  # what is imported or carried over has to be recorded
            for file in modules(folder):
                for name in imports(file):
                    if name.startswith("house.") and name not in shared:
                        assert name.split(".")[1] in ours, f"{folder}/{file.name} imports {name}"
        below |= {*floor}
    assert below == {path.name for path in HOUSE.iterdir() if (path / "__init__.py").is_file()}


def test_only_the_kinds_know_a_certain_cloud() -> None:
    """Whatever is above the clouds works with any of them."""
    any_cloud = tuple(
        f"house.clouds.{name}" for name in ("base", "managed", "errors", "report", "http")
    )
    certain: dict[str, set[str]] = {}
    for file in sorted(HOUSE.rglob("*.py")):
        folder = file.relative_to(HOUSE).parts[0]
        if folder != "clouds":
            found = {name for name in imports(file) if name.startswith("house.clouds")}
            known = {name for name in found if not name.startswith(any_cloud)}
            certain.setdefault(folder, set()).update(known)
    assert {folder for folder, names in certain.items() if names} == {"kinds"}


def test_the_check_of_the_floors_sees_something() -> None:
    found = {name for floor in BELOW for file in modules(floor) for name in imports(file)}
    assert "house.monitoring.model" in found
    assert "house.clouds.jobs.rows" in found
    assert "aiohttp" in found
    above = {name for file in HOUSE.glob("*.py") for name in imports(file)}
    assert "homeassistant.core" in above


@pytest.mark.usefixtures("socket_enabled")
async def test_the_lower_floors_work_without_home_assistant() -> None:
    fleet = Fleet(ManualClock(START), seed=3)
    fleet.add_logger(fleet.add_site("Apotheke"), "Kühlschrank", kind=Kind.TEMPERATURE, serial="77")
    simulator = Simulator(fleet, faults=Faults(run_time=0, duplicates=0.0))
    await simulator.start()
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            # isolated: nothing that the environment would have it import
            *("-I", "-W", "error", "-c", ALONE),
            *(str(HOUSE), simulator.base_url, simulator.api_key, START.isoformat()),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
    finally:
        await simulator.stop()

    assert process.returncode == 0, errors.decode()
    told = json.loads(output)
    files = {
        file.relative_to(HOUSE).with_suffix("")
        for floor in BELOW
        for file in modules(floor)
        if file.stem != "__init__"
    }
    assert set(told["loaded"]) == {".".join(("bare", *file.parts)) for file in files}
    assert told["foreign"] == []
    assert told["tenant"] == fleet.tenant_uuid
    assert told["serials"] == ["77"]
    truth = fleet.readings(START - timedelta(hours=1), START, visible_at=START)
    assert sorted(told["readings"]) == sorted(row.value for row in truth if row.value is not None)
