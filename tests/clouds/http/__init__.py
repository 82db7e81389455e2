"""Tests of how a cloud is reached."""
