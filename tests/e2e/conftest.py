"""A demonstration to look at, a second cloud to connect, and a browser."""

from collections.abc import Callable, Iterator
import contextlib
import os
from pathlib import Path
import re
import shutil
import signal
import subprocess
import sys
from tempfile import TemporaryFile
import time
from typing import NamedTuple

from playwright.sync_api import Browser, Page, expect, sync_playwright
import pytest

ROOT = Path(__file__).parents[2]
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
_PATIENCE = 240.0
_SLOWEST = 240_000
"""Milliseconds until a page gives up: a job of the cloud, an alarm or a first contact takes up to
two and a half minutes, and a busy machine makes all slower."""


class Demo(NamedTuple):
    """Where the demonstration is."""

    home: str
    cloud: str


class TwoClouds(NamedTuple):
    """Where the same loggers are before and after a move, and what opens the first."""

    old: str
    token: str
    new: str


class CloudWithSettings(NamedTuple):
    """Where the account is, and where the settings of its loggers are."""

    account: str
    settings: str


@contextlib.contextmanager
def _running(*command: str, says: re.Pattern[str]) -> Iterator[list[str]]:
    """Run a module until the end of the block; give the addresses that it said.

    A process of its own, because tests may not open sockets.
    """
    with (
        TemporaryFile() as output,
        subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-u", "-m", *command], cwd=ROOT, stdout=output, stderr=output
        ) as process,
    ):
        try:
            yield _said(process, lambda: os.pread(output.fileno(), 1 << 20, 0).decode(), says)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def _said(
    process: subprocess.Popen[bytes], read: Callable[[], str], says: re.Pattern[str]
) -> list[str]:
    deadline = time.monotonic() + _PATIENCE
    while not (found := says.search(read())):
        assert process.poll() is None, f"ended early: {read()[-500:]}"
        assert time.monotonic() < deadline, f"took too long: {read()[-500:]}"
        time.sleep(0.2)
    return list(found.groups())


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Let threads of the browser's driver be: no Home Assistant runs in this process."""


@pytest.fixture(scope="session")
def chromium() -> str:
    for name in _CHROMIUMS:
        if path := shutil.which(name):
            return path
    pytest.skip(f"no Chromium found on the PATH (looked for {', '.join(_CHROMIUMS)})")


@pytest.fixture(scope="session")
def demo(chromium: str) -> Iterator[Demo]:  # noqa: ARG001 - no browser, no demonstration
    """Return the addresses of a Home Assistant with the demonstration's account and its cloud."""
    ready = re.compile(
        r"^Home Assistant: +(http\S+)[^$]*^Simulated cloud: +(http\S+)[^$]*^Ctrl-C", re.MULTILINE
    )
    with _running("tests.demo", "--port", "0", says=ready) as addresses:
        yield Demo(*addresses)


@pytest.fixture(scope="session")
def second_cloud() -> Iterator[str]:
    """Return the address of another customer's cloud."""
    yield from _second_cloud("smart_connect")


@pytest.fixture(scope="session")
def second_saveris_cloud() -> Iterator[str]:
    """Return the address of another customer's Saveris Data cloud."""
    yield from _second_cloud("saveris_data")


@pytest.fixture
def second_sensorist_cloud() -> Iterator[str]:
    """Return the address of another customer's Sensorist cloud."""
    yield from _second_cloud("sensorist")


@pytest.fixture
def two_clouds() -> Iterator[TwoClouds]:
    """Return another customer's Saveris 2 cloud, and the Smart Connect one that replaces it."""
    says = re.compile(r"^(http\S+) (\S+)\n(http\S+)$", re.MULTILINE)
    with _running("tests.e2e.second_cloud", "saveris_2", says=says) as (new, token, old):
        yield TwoClouds(old=old, token=token, new=new)


@pytest.fixture
def cloud_with_settings() -> Iterator[CloudWithSettings]:
    """Return another customer's cloud, in which loggers can be set."""
    says = re.compile(r"^(http\S+)\n(http\S+)$", re.MULTILINE)
    with _running("tests.e2e.second_cloud", "settings", says=says) as (settings, account):
        yield CloudWithSettings(account=account, settings=settings)


def _second_cloud(kind: str) -> Iterator[str]:
    says = re.compile(r"^(http\S+)$", re.MULTILINE)
    with _running("tests.e2e.second_cloud", kind, says=says) as urls:
        yield urls[0]


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(
            executable_path=chromium, headless=True, args=_ARGUMENTS
        ) as running,
    ):
        yield running


@pytest.fixture
def open_page(browser: Browser, demo: Demo) -> Callable[[str], Page]:
    """Return how to open Home Assistant, signed in, in a language."""

    def open_page(language: str) -> Page:
        context = browser.new_context(
            base_url=demo.home,
            locale=language,
            # that of the demonstration's Home Assistant, so that messages and pages agree
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
            viewport={"width": 1280, "height": 1180},
        )
        context.set_default_timeout(_SLOWEST)
        expect.set_options(timeout=_SLOWEST)
        page = context.new_page()
        page.add_init_script(f"localStorage.setItem('selectedLanguage', '\"{language}\"')")
        page.goto("/")
        page.locator("input[name=username]").fill("demo")
        page.locator("input[name=password]").fill("demo")
        page.locator("input[name=password]").press("Enter")
        page.locator("home-assistant-main").wait_for()
        return page

    return open_page


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where to leave screenshots: $SCREENSHOTS, else a temporary folder."""
    wanted = os.environ.get("SCREENSHOTS")
    folder = Path(wanted) if wanted else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
