"""The tests of `test_actions` with an account of testo Saveris, at night."""

from tests.hypothesis_profiles import is_night

if is_night():
    from tests.integration.test_actions import *  # noqa: F403  all of them

    # Its second account has a key.
    del test_one_of_several_accounts  # noqa: F821  it came with the others
