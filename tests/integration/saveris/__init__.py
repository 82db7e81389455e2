"""Accounts of testo Saveris: a login, radio sensors, equipments, tasks, pushed alarms."""
