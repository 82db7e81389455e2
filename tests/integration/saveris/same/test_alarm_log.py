"""The tests of `test_alarm_log` with an account of testo Saveris, at night."""

from tests.hypothesis_profiles import is_night

if is_night():
    from tests.integration.test_alarm_log import *  # noqa: F403  all of them
