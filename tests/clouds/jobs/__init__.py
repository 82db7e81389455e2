"""Tests of the clouds that run jobs."""
