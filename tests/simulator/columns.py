"""The columns of every resource, in the order of API part 6, and their other names."""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Resource(StrEnum):
    """A kind of query."""

    PROPERTIES = "properties"
    STATUS = "status"
    MEASUREMENTS = "measurements"
    ALARMS = "alarms"
    LOCATIONS = "locations"
    MEASURING_OBJECTS = "measuring_objects"


PATHS: Mapping[str, tuple[Resource, int]] = {
    "/v3/devices/properties": (Resource.PROPERTIES, 3),
    "/v3/devices/status": (Resource.STATUS, 3),
    "/v4/devices/status": (Resource.STATUS, 4),
    "/v2/measurements": (Resource.MEASUREMENTS, 2),
    "/v3/alarms": (Resource.ALARMS, 3),
    "/v1/locations": (Resource.LOCATIONS, 1),
    "/v1/measuring-objects": (Resource.MEASURING_OBJECTS, 1),
}


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PROPERTIES = _names(
    "tenant_uuid customer_site device_uuid device_category device_serial_no device_model_code"
    " device_firmware_version device_supported_battery_types device_display_name device_is_active"
    " device_communication_log_time device_measuring_cycle device_measuring_cycle_effective"
    " device_is_ethernetprobe device_is_powersuppliable device_is_wirelessprobe"
    " device_last_modified sensor_uuid sensor_serial_no sensor_model_code sensor_firmware_version"
    " sensor_display_name sensor_is_wired sensor_is_radio sensor_is_connected"
    " sensor_measuring_cycle sensor_measuring_cycle_effective sensor_last_modified channel_id"
    " channel_no channel_physical_unit channel_physical_property_name channel_physical_extension"
    " channel_physical_unit_exponent channel_attenuation channel_is_external"
    " channel_is_calibration_possible equipment_uuid equipment_parts_uuid channel_last_modified"
)
STATUS_V3 = _names(
    "device_uuid tenant_uuid customer_site serial_no model_code connection_type"
    " battery_level_percent radio_level_percent fw_version is_powersupply_on last_communication"
    " next_communication last_measurement_time processed_at"
)
STATUS_V4 = _names(
    "device_uuid tenant_uuid customer_site serial_no model_code production_date connection_type"
    " radio_level_percent battery_level_percent battery_temperature is_powersupply_on"
    " last_communication_time next_communication_time status_time processed_at"
)
MEASUREMENTS = _names(
    "uuid sensor_uuid channel_no serial_no model_code tenant_uuid customer_site timestamp"
    " timestamp_local measurement physical_property_name physical_unit physical_extension"
    " processed_at"
)
ALARMS = _names(
    "uuid alarm_reason alarm_status last_status_change_time alarm_condition_type alarm_severity"
    " alarm_time alarm_time_local alarm_value physical_unit physical_property_name"
    " physical_extension alarm_source_uuid serial_no tenant_uuid customer_site alarm_type"
    " source_alarm_event_uuid processed_at"
)
LOCATIONS = _names(
    "tenant_uuid location_uuid parent_uuid name location_type parent_location_type"
    " location_subtype valid_from last_modified_at"
)
MEASURING_OBJECTS = _names(
    "customer_uuid measuring_object_uuid product_family_id customer_site version_timestamp"
    " measurement_alarm_configuration channel_assignments measuring_instructions valid_from"
)

SCHEMA_NAMES: Mapping[Resource, Mapping[str, str]] = {
    Resource.ALARMS: {
        "physical_property_name": "physical_value",
        "physical_extension": "physical_value_extension",
        "customer_site": "customer_site_uuid",
    },
    Resource.LOCATIONS: {"name": "location_name"},
    Resource.MEASURING_OBJECTS: {"measuring_object_uuid": "mo_uuid"},
}

TIME_COLUMNS: Mapping[Resource, str] = {
    Resource.PROPERTIES: "device_last_modified",
    Resource.STATUS: "processed_at",
    Resource.MEASUREMENTS: "timestamp",
    Resource.ALARMS: "alarm_time",
    Resource.LOCATIONS: "last_modified_at",
    Resource.MEASURING_OBJECTS: "version_timestamp",
}


def columns(resource: Resource, version: int, *, schema_names: bool) -> list[str]:
    """Return the columns of a resource as they are delivered."""
    live = {
        Resource.PROPERTIES: PROPERTIES,
        Resource.STATUS: STATUS_V3 if version == 3 else STATUS_V4,
        Resource.MEASUREMENTS: MEASUREMENTS,
        Resource.ALARMS: ALARMS,
        Resource.LOCATIONS: LOCATIONS,
        Resource.MEASURING_OBJECTS: MEASURING_OBJECTS,
    }[resource]
    names = SCHEMA_NAMES.get(resource, {}) if schema_names else {}
    return [names.get(column, column) for column in live]
