"""How thoroughly the tests search, and what chance hangs on: a moment by day, long at night."""

from datetime import UTC, datetime
import os

from hypothesis import HealthCheck, configuration, settings

_EXAMPLES = {"normal": 200, "nightly": 2000}
_FUZZ = {"normal": 300, "nightly": 20_000}
"""Of each test that feeds in garbage; at night they take about ten minutes together."""


def register() -> None:
    """Load the profile that ``HYPOTHESIS_PROFILE`` names, ``normal`` without one."""
    configuration.set_hypothesis_home_dir(".cache/hypothesis")
    for name, examples in _EXAMPLES.items():
        settings.register_profile(
            name,
            max_examples=examples,
            deadline=None,
            print_blob=True,
            # By day the same cases each time; what explores does so at night.
            derandomize=name == "normal",
        )
    settings.load_profile(_profile())


def fuzz() -> settings:
    """Return how long to feed in garbage, of which some takes long to make."""
    return settings(
        max_examples=_FUZZ[_profile()],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def seed() -> str:
    """Return what chance hangs on: `TEST_SEED`, else the day at night, and nothing by day."""
    tonight = f"{datetime.now(UTC):%F}" if is_night() else ""
    return os.environ.get("TEST_SEED", tonight)


def is_night() -> bool:
    """Tell whether there is time to be thorough."""
    return _profile() == "nightly"


def _profile() -> str:
    return os.environ.get("HYPOTHESIS_PROFILE", "normal")
