"""The tests of `test_freshness` with an account of testo Saveris."""

from tests.integration.test_freshness import *  # noqa: F403  all of them
