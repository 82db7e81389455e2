"""The paths of both clouds with jobs, and the columns behind them (API part 6 of each)."""

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .faults import Faults


class Resource(StrEnum):
    """A kind of query."""

    PROPERTIES = "properties"
    STATUS = "status"
    SENSOR_STATUS = "sensor_status"
    MEASUREMENTS = "measurements"
    ALARMS = "alarms"
    LOCATIONS = "locations"
    MEASURING_OBJECTS = "measuring_objects"
    EQUIPMENTS = "equipments"
    TENANTS = "tenants"
    TASKS = "tasks"


class Endpoint(NamedTuple):
    """What a path gives; `deprecated` ones announce their end."""

    resource: Resource
    version: int
    deprecated: bool = False

    def gone(self, faults: Faults) -> bool:
        """Tell whether the path is unknown just now."""
        return faults.status_v4_absent and self[:2] == (Resource.STATUS, 4)


SMART_CONNECT: Mapping[str, Endpoint] = {
    "/v3/devices/properties": Endpoint(Resource.PROPERTIES, 3),
    "/v3/devices/status": Endpoint(Resource.STATUS, 3, deprecated=True),
    "/v4/devices/status": Endpoint(Resource.STATUS, 4),
    "/v2/measurements": Endpoint(Resource.MEASUREMENTS, 2),
    "/v3/alarms": Endpoint(Resource.ALARMS, 3),
    "/v1/locations": Endpoint(Resource.LOCATIONS, 1),
    "/v1/measuring-objects": Endpoint(Resource.MEASURING_OBJECTS, 1),
}
SAVERIS_DATA: Mapping[str, Endpoint] = {
    **SMART_CONNECT,
    "/v2/devices/properties-async": Endpoint(Resource.PROPERTIES, 2, deprecated=True),
    "/v3/sensors/status": Endpoint(Resource.SENSOR_STATUS, 3, deprecated=True),
    "/v4/sensors/status": Endpoint(Resource.SENSOR_STATUS, 4),
    "/v2/alarms": Endpoint(Resource.ALARMS, 2, deprecated=True),
    "/v4/equipments": Endpoint(Resource.EQUIPMENTS, 4),
    "/v3/tenants": Endpoint(Resource.TENANTS, 3),
    "/v3/tasks": Endpoint(Resource.TASKS, 3),
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

SENSOR_STATUS_V3 = _names(
    "sensor_uuid tenant_uuid customer_site fw_version serial_no model_code battery_level_percent"
    " radio_level_percent next_communication last_communication processed_at"
)
SENSOR_STATUS_V4 = _names(
    "sensor_uuid tenant_uuid customer_site serial_no model_code production_date"
    " radio_level_percent battery_level_percent battery_temperature battery_voltage_mv"
    " battery_predicted_remaining_operating_days last_communication_time next_communication_time"
    " status_time processed_at"
)
EQUIPMENTS = _names(
    "tenant_uuid equipment_parts_uuid equipment_parts_title equipment_uuid equipment_title"
    " equipment_type_uuid equipment_type_title equipment_parts_purpose_uuid"
    " equipment_parts_purpose_title area_uuid area_title processed_at last_modified_at is_active"
    " limit_values_uuid door_contact_delay_in_ms alarm_delay display_unit lower_violation"
    " lower_warning upper_warning upper_violation measuring_rate valid_from_time valid_until_time"
)
TENANTS = _names(
    "tenant_uuid parent_uuid is_operator organisation_name organisation_id organisation_email"
    " country main_timezone main_language register_time"
)
TASKS = _names(
    "uuid quality_manual_uuid quality_manual_version_title quality_manual_version_uuid"
    " process_control_title process_control_uuid process_ctrl_category_title"
    " process_ctrl_category_uuid task_title task_uuid task_execution_uuid task_type"
    " has_corrective_action task_status shift_uuid shift_begin shift_end task_timestamp_start"
    " task_timestamp_end tenant_uuid site_name site_number app_version serial_no_tablet"
    " process_step_instructions process_step_corrective_action marked_as_deleted username"
    " user_uuid process_step_type process_step_uuid sequence_no timestamp alarm_log_uuid content"
    " parameters context processed_at"
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
    Resource.SENSOR_STATUS: "processed_at",
    Resource.EQUIPMENTS: "last_modified_at",
    Resource.TENANTS: "register_time",
    Resource.TASKS: "timestamp",
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
        Resource.SENSOR_STATUS: SENSOR_STATUS_V3 if version == 3 else SENSOR_STATUS_V4,
        Resource.EQUIPMENTS: EQUIPMENTS,
        Resource.TENANTS: TENANTS,
        Resource.TASKS: TASKS,
    }[resource]
    names = SCHEMA_NAMES.get(resource, {}) if schema_names else {}
    return [names.get(column, column) for column in live]
