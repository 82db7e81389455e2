# ruff: noqa: EM102, TRY003 - a DemoError is made for its text
"""The configuration folder of the demonstration's Home Assistant."""

from datetime import UTC, datetime
from pathlib import Path
import shutil

import orjson

from .cloud import ROOT
from .errors import DemoError

_YAML = """\
# Made anew by each python -m tests.demo. No default_config: nothing here looks for devices or calls
# anybody.
homeassistant:
  name: Monitoring
  country: DE
  time_zone: Europe/Berlin
  unit_system: metric
  currency: EUR
  language: en
  latitude: 47.92
  longitude: 8.2
  # Where Home Assistant runs in a container it would take a folder of that.
  media_dirs:
    local: {media}
frontend:
config:
recorder:
  commit_interval: 1
history:
logbook:
my:
sun:
automation: !include automations.yaml
script: !include scripts.yaml
"""
_BLUEPRINTS = "blueprints/automation/testo_smart_connect"


def prepare(folder: Path, port: int) -> None:
    """Make a folder ready for a start; what an earlier run left in it is kept, but for the YAML."""
    try:
        store = folder / ".storage"
        store.mkdir(parents=True, exist_ok=True)
        media = folder / "media"
        media.mkdir(exist_ok=True)
        yaml = _YAML.format(media=orjson.dumps(str(media)).decode())
        (folder / "configuration.yaml").write_text(yaml)
        link = folder / "custom_components"
        if not link.exists():
            link.symlink_to(ROOT / "custom_components", target_is_directory=True)
        # A copy: a linked folder is not searched for blueprints, and what somebody imports anew in
        # Home Assistant would be written into this checkout.
        shutil.copytree(ROOT / _BLUEPRINTS, folder / _BLUEPRINTS, dirs_exist_ok=True)
        for name in ("automations.yaml", "scripts.yaml"):
            (folder / name).touch()
    except OSError as error:
        raise DemoError(f"the folder {folder} cannot be used: {error.strerror}") from None
    # As YAML this would count as a trial, from which Home Assistant returns to port 8123 by a
    # restart after five minutes.
    http = {
        "stable": {
            "server_host": ["127.0.0.1"],
            "server_port": port,
            "cors_allowed_origins": [],
            "login_attempts_threshold": -1,
            "ip_ban_enabled": False,
            "ssl_profile": "modern",
            "use_x_frame_options": True,
            "created_at": datetime.now(UTC).isoformat(),
            "error": None,
            "error_message": None,
        },
        "pending": None,
        "yaml_migration_done": True,
    }
    _write(store / "http", http, version=2, minor_version=2)
    onboarding = store / "onboarding"
    if not onboarding.exists():
        # Only the user is left to be made. The other steps would set up weather, radio and speech
        # over the internet.
        done = {"done": ["core_config", "analytics", "integration"]}
        _write(onboarding, done, version=4, minor_version=1)


def _write(path: Path, data: object, *, version: int, minor_version: int) -> None:
    content = {"version": version, "minor_version": minor_version, "key": path.name, "data": data}
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
