"""How thoroughly the property-based tests search: a moment by default, long at night."""

import os

from hypothesis import configuration, settings

_EXAMPLES = {"normal": 200, "nightly": 2000}


def register() -> None:
    """Load the profile that ``HYPOTHESIS_PROFILE`` names, ``normal`` without one."""
    configuration.set_hypothesis_home_dir(".cache/hypothesis")
    for name, examples in _EXAMPLES.items():
        settings.register_profile(name, max_examples=examples, deadline=None, print_blob=True)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "normal"))
