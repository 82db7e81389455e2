"""The Saveris 2 API: newest values, open alarms and measuring points, for a number of calls."""
