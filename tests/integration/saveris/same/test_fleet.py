"""The tests of `test_fleet` with an account of testo Saveris, at night."""

from tests.hypothesis_profiles import is_night

if is_night():
    from tests.integration.test_fleet import *  # noqa: F403  all of them
