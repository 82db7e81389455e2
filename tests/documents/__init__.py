"""Tests of the files that readings and reports are handed over in."""
