"""The tests of `test_start` with an account of testo Saveris."""

from tests.integration.test_start import *  # noqa: F403  all of them
