"""The Sensorist REST API: gateways, sensors, data sources; readings, alarms, commands."""
