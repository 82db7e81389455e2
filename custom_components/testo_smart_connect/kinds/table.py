"""The kinds of accounts that there are."""

from collections.abc import Mapping
from typing import Any, Final

from ..clouds.base import History
from ..const import CONF_KIND
from .base import Kind
from .saveris_2 import Saveris2Kind
from .saveris_data import SaverisDataKind
from .sensorist import SensoristKind
from .smart_connect import SmartConnectKind

_FIRST: Final[Kind] = SmartConnectKind()
"""What the first release set up without naming it."""
KINDS: Final[dict[str, Kind]] = {
    kind.name: kind for kind in (_FIRST, SaverisDataKind(), Saveris2Kind(), SensoristKind())
}


def kind_of(data: Mapping[str, Any]) -> Kind:
    """Return the kind of an account. Raises KeyError for one of a later release."""
    return KINDS[data.get(CONF_KIND, _FIRST.name)]


def has_past(data: Mapping[str, Any]) -> bool:
    """Tell whether an account has a past to export; one of a later release may have."""
    try:
        return kind_of(data).traits.history is not History.NONE
    except KeyError:
        return True
