"""The tests of `test_entities` with an account of testo Saveris."""

from tests.integration.test_entities import *  # noqa: F403  all of them

# Here radio sensors have a battery of their own: `test_account`.
del test_radio_sensors_hang_on_their_gateway  # noqa: F821  it came with the others
