"""Names and defaults of the integration."""

import logging
from typing import Final

DOMAIN: Final = "testo_smart_connect"
NAME: Final = "testo Smart Connect"
REPOSITORY: Final = "https://github.com/testo-smart-connect/home-assistant/blob/main"
TROUBLESHOOTING: Final = f"{REPOSITORY}/docs/troubleshooting.md"
LOGGER = logging.getLogger(__package__)

ATTR_CONFIG_ENTRY_ID: Final = "config_entry_id"
CONF_KIND: Final = "kind"
CONF_REGION: Final = "region"
CONF_API_KEY: Final = "api_key"
CONF_EMAIL: Final = "email"
CONF_KEY_ENTERED: Final = "key_entered"
CONF_KEY_EXPIRES: Final = "key_expires"
CONF_ADVANCED: Final = "advanced"
CONF_BASE_URL: Final = "base_url"
CONF_ENVIRONMENT: Final = "environment"
CONF_SITE: Final = "site"
CONF_SITES: Final = "sites"
CONF_ALARM_INTERVAL: Final = "alarm_interval"
CONF_MEASUREMENT_INTERVAL: Final = "measurement_interval"
CONF_STALE_AFTER: Final = "stale_after"
CONF_PUSH: Final = "push"
CONF_WRITE: Final = "write"
CONF_EXPORT_DAYS: Final = "export_days"
