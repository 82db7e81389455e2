"""Tests of readings by the million."""
