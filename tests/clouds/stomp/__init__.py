"""Tests of what a cloud pushes."""
