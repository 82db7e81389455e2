"""The tests of `test_late_readings` with an account of testo Saveris, at night.

Its readings cannot be asked for by when the cloud received them; what is about that is left out.
"""

from tests.hypothesis_profiles import is_night

if is_night():
    from tests.integration.test_late_readings import *  # noqa: F403  all of them

    del test_asking_by_arrival_is_proved_and_then_relied_on  # noqa: F821  it came with the others
    del test_a_cloud_that_cannot_be_asked_by_arrival  # noqa: F821  it came with the others
    del test_a_cloud_that_unlearns_it_is_found_out  # noqa: F821  it came with the others
    del test_lines_that_cannot_be_read_are_asked_for_for_a_day  # noqa: F821  it came with the others
    del test_a_device_that_is_found_later_is_read_from_its_beginning  # noqa: F821  it came with the others
    # What lies more than a week back comes within the hour, not at once: `test_gaps`.
    del test_after_a_week_without_home_assistant_nothing_is_missing  # noqa: F821  it came with the others
