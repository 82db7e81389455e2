"""Tests of what readings, alarms and schedules mean; no Home Assistant, no cloud."""
