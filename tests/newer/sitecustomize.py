"""Lets the test package run on a Home Assistant that is newer than the one that it pins.

`HOME_ASSISTANT=… scripts/test` puts this folder on the path of every Python that the tests start,
the workers of pytest-xdist among them. Not needed any more once the test package has caught up.
"""

import importlib

# It must be there before httpx, which one of the plugins of pytest imports first.
importlib.import_module("homeassistant")
logger = vars(importlib.import_module("homeassistant.components.logger"))
# The test package calls it after each test; later releases have nothing to clear.
logger.setdefault("_clear_logger_overwrites", lambda _hass: None)
