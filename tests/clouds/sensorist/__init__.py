"""The Sensorist REST API, part by part."""
