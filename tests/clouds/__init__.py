"""Tests of what reads the clouds, free of Home Assistant."""
