"""Sets how thoroughly the property-based tests search."""

from tests.hypothesis_profiles import register

register()
