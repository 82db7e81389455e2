"""The tests of `test_alarms` with an account of testo Saveris."""

from tests.integration.test_alarms import *  # noqa: F403  all of them
