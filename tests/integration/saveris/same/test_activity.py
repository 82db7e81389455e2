"""The tests of `test_activity` with an account of testo Saveris, at night."""

from tests.hypothesis_profiles import is_night

if is_night():
    from tests.integration.test_activity import *  # noqa: F403  all of them
