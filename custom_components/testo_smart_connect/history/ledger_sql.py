"""The tables of a ledger and what is asked of them.

``reading`` holds each reading once: ``hour`` counts hours from 1970, ``at`` milliseconds
within the hour, ``received`` milliseconds from 1970 (0: not told), ``id`` stands for the
uuid. ``changed`` holds the hours that are to be written, ``whole`` the values of those of
them whose readings are not here.
"""

import sqlite3

SCHEMA = """
CREATE TABLE fact (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE channel (
  number INTEGER PRIMARY KEY, sensor TEXT NOT NULL, part INTEGER NOT NULL, UNIQUE (sensor, part)
);
CREATE TABLE unit (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE reading (
  hour INTEGER NOT NULL, channel INTEGER NOT NULL, id INTEGER NOT NULL,
  at INTEGER NOT NULL, unit INTEGER NOT NULL, value REAL NOT NULL, received INTEGER NOT NULL,
  PRIMARY KEY (hour, channel, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX reading_id ON reading (id);
CREATE TABLE changed (
  channel INTEGER NOT NULL, hour INTEGER NOT NULL, PRIMARY KEY (channel, hour)
) WITHOUT ROWID;
CREATE TABLE whole (
  hour INTEGER NOT NULL, channel INTEGER NOT NULL, unit INTEGER NOT NULL,
  count INTEGER NOT NULL, mean REAL NOT NULL, lowest REAL NOT NULL, highest REAL NOT NULL,
  PRIMARY KEY (hour, channel, unit)
) WITHOUT ROWID;
"""
DRAFTS = """
CREATE TEMP TABLE coming (
  id INTEGER PRIMARY KEY, hour INTEGER, channel INTEGER, at INTEGER, unit INTEGER, value REAL,
  received INTEGER
);
CREATE TEMP TABLE left_behind (
  channel INTEGER, hour INTEGER, PRIMARY KEY (channel, hour)
) WITHOUT ROWID;
CREATE TEMP TABLE asked (
  channel INTEGER, hour INTEGER, PRIMARY KEY (channel, hour)
) WITHOUT ROWID;
"""

ALL_CHANNELS = "SELECT number, sensor, part FROM channel"
ALL_UNITS = "SELECT number, text FROM unit"
NEW_CHANNEL = "INSERT INTO channel (sensor, part) VALUES (?, ?) RETURNING number"
NEW_UNIT = "INSERT INTO unit (text) VALUES (?) RETURNING number"
FACT = "SELECT number FROM fact WHERE name = ?"
SET_FACT = "INSERT OR REPLACE INTO fact VALUES (?, ?)"

# --- Adding ------------------------------------------------------------------------------

NOTHING_COMING = "DELETE FROM coming"
COMING = """
INSERT INTO coming VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
  hour = excluded.hour, channel = excluded.channel, at = excluded.at, unit = excluded.unit,
  value = excluded.value, received = excluded.received
WHERE excluded.received >= received
"""
# A row that is known, or older than what is known, says nothing.
DROP_KNOWN = """
DELETE FROM coming WHERE EXISTS (
  SELECT 1 FROM reading r WHERE r.id = coming.id AND (r.received > coming.received OR (
    r.received = coming.received AND r.value = coming.value AND r.unit = coming.unit
    AND r.hour = coming.hour AND r.at = coming.at AND r.channel = coming.channel)))
"""
SOME_KNOWN = "SELECT 1 FROM coming c JOIN reading r ON r.id = c.id LIMIT 1"
COUNT_KNOWN = """
SELECT count(*) FROM coming c JOIN reading r ON r.id = c.id
"""
REFRESH = """
UPDATE reading SET received = c.received, at = c.at FROM coming c
WHERE reading.id = c.id AND reading.value = c.value AND reading.unit = c.unit
  AND reading.hour = c.hour AND reading.channel = c.channel
"""
NOTE_LEFT = """
INSERT OR IGNORE INTO left_behind SELECT r.channel, r.hour
FROM coming c JOIN reading r ON r.id = c.id WHERE r.hour != c.hour OR r.channel != c.channel
"""
DROP_LOW = "DELETE FROM reading WHERE id IN (SELECT id FROM coming WHERE hour < ?)"
DROP_LOW_COMING = "DELETE FROM coming WHERE hour < ?"
NOTE_CHANGED = "INSERT OR IGNORE INTO changed SELECT channel, hour FROM coming"
TAKE = """
INSERT INTO reading SELECT hour, channel, id, at, unit, value, received FROM coming WHERE true
ON CONFLICT (id) DO UPDATE SET hour = excluded.hour, channel = excluded.channel,
  at = excluded.at, unit = excluded.unit, value = excluded.value, received = excluded.received
"""
# An hour without readings has no value, and Home Assistant cannot take back a single one.
TOUCH_LEFT = """
INSERT OR IGNORE INTO changed SELECT channel, hour FROM left_behind l
WHERE EXISTS (SELECT 1 FROM reading r WHERE r.hour = l.hour AND r.channel = l.channel)
"""
DROP_EMPTIED = """
DELETE FROM changed WHERE (channel, hour) IN (SELECT channel, hour FROM left_behind)
AND NOT EXISTS (
  SELECT 1 FROM reading r WHERE r.hour = changed.hour AND r.channel = changed.channel)
"""
NOTHING_LEFT = "DELETE FROM left_behind"

# --- Asking ------------------------------------------------------------------------------

CHANGED = "INSERT OR IGNORE INTO changed VALUES (?, ?)"
DROP_CHANGED = "DELETE FROM changed WHERE channel = ? AND hour = ?"
TOUCH = """
INSERT OR IGNORE INTO changed SELECT DISTINCT channel, hour FROM reading
WHERE hour >= ? AND hour < ? AND channel = ?
"""
ASK_NOTHING = "DELETE FROM asked"
ASK = "INSERT INTO asked VALUES (?, ?)"
ASK_CHANGED = """
INSERT INTO asked SELECT channel, hour FROM changed
WHERE (channel, hour) > (?, ?) AND hour < ? ORDER BY channel, hour LIMIT ?
"""
# CROSS keeps the few hours outside and the many readings inside the loop.
VALUES = """
SELECT a.channel, a.hour, r.unit, count(*), avg(r.value), min(r.value), max(r.value)
FROM asked a CROSS JOIN reading r ON r.hour = a.hour AND r.channel = a.channel
GROUP BY a.channel, a.hour, r.unit
UNION ALL
SELECT a.channel, a.hour, w.unit, w.count, w.mean, w.lowest, w.highest
FROM asked a CROSS JOIN whole w ON w.hour = a.hour AND w.channel = a.channel
ORDER BY 1, 2, 3
"""

# --- Forgetting --------------------------------------------------------------------------

SUM_UP = """
INSERT OR REPLACE INTO whole
SELECT r.hour, r.channel, r.unit, count(*), avg(r.value), min(r.value), max(r.value)
FROM changed a CROSS JOIN reading r ON r.hour = a.hour AND r.channel = a.channel
WHERE a.hour < ? GROUP BY r.hour, r.channel, r.unit
"""
FORGET = "DELETE FROM reading WHERE hour < ?"
HOUR_AT = "SELECT hour FROM reading ORDER BY hour, channel, id LIMIT 1 OFFSET ?"
PUT_WHOLE = "INSERT INTO whole VALUES (?, ?, ?, ?, ?, ?, ?)"
DROP_WHOLE = "DELETE FROM whole WHERE channel = ? AND hour = ?"
DROP_WHOLE_FROM = "DELETE FROM whole WHERE hour >= ?"
DROP_CHANGED_FROM = "DELETE FROM changed WHERE hour >= ?"
LIMIT_WHOLE = """
DELETE FROM whole WHERE (hour, channel, unit) IN (
  SELECT hour, channel, unit FROM whole ORDER BY hour DESC, channel, unit LIMIT -1 OFFSET ?)
"""
DROP_VALUELESS = """
DELETE FROM changed WHERE hour < ? AND NOT EXISTS (
  SELECT 1 FROM whole w WHERE w.hour = changed.hour AND w.channel = changed.channel)
"""


def fact(db: sqlite3.Connection, name: str) -> int | None:
    """Return a number that is kept by name."""
    row = db.execute(FACT, (name,)).fetchone()
    return row[0] if row else None


def set_fact(db: sqlite3.Connection, name: str, number: int) -> None:
    """Keep a number by name."""
    db.execute(SET_FACT, (name, number))
