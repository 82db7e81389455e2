"""How minutes are told to an action."""

import probatio


def whole_minutes(minutes: float) -> int:
    """Return a whole number of minutes; raise Invalid for a fraction, which nobody could keep."""
    if not minutes.is_integer():
        raise probatio.Invalid("not a whole number of minutes")  # noqa: TRY003  as Home Assistant shows it
    return int(minutes)
