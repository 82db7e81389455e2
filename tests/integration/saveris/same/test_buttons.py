"""The tests of `test_buttons` with an account of testo Saveris."""

from tests.integration.test_buttons import *  # noqa: F403  all of them
