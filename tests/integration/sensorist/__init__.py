"""Accounts of Sensorist."""
