"""Which devices exist, whatever a single answer says (contract A3)."""

from dataclasses import replace

from custom_components.testo_smart_connect.monitoring.model import Device, Inventory, Sensor
from custom_components.testo_smart_connect.monitoring.register import DeviceRegister

LOGGER = Device(uuid="logger", serial="1", sensors=(Sensor(uuid="probe", serial="2"),))
LAB, DOOR = (Sensor(uuid=name, serial=name, radio=True) for name in ("lab", "door"))
GATEWAY = Device(uuid="gateway", serial="3", category="GATEWAY", sensors=(LAB, DOOR))
NOTHING = Inventory()


def answer(*devices: Device) -> Inventory:
    return Inventory(tenant="t", devices=devices)


FULL = DeviceRegister().update(answer(LOGGER, GATEWAY), complete=True)


def after(*answers: Inventory, complete: bool = True, register: DeviceRegister = FULL) -> set[str]:
    """Return the uuids of devices and radio sensors that are left."""
    for found in answers:
        register = register.update(found, complete=complete)
    devices = register.inventory.devices
    return {it.uuid for it in devices} | {it.uuid for device in devices for it in device.radio}


ALL = after()


def without(device: Device, *sensors: Sensor) -> Device:
    left = tuple(sensor for sensor in device.sensors if sensor not in sensors)
    return replace(device, sensors=left)


def test_first_answer_is_the_inventory() -> None:
    assert FULL.inventory == answer(LOGGER, GATEWAY)
    assert FULL.missing == ()
    assert {"logger", "gateway", "lab", "door"} == ALL


def test_device_goes_when_two_answers_in_a_row_lack_it() -> None:
    assert after(answer(GATEWAY)) == ALL
    assert after(answer(GATEWAY), answer(GATEWAY)) == ALL - {"logger"}


def test_device_that_returns_has_two_strikes_again() -> None:
    lacking, full = answer(GATEWAY), answer(LOGGER, GATEWAY)
    assert after(lacking, full, lacking) == ALL
    assert after(lacking, full, lacking, lacking) == ALL - {"logger"}


def test_empty_answer_changes_nothing() -> None:
    assert FULL.update(NOTHING, complete=True) is FULL
    assert after(NOTHING, NOTHING, NOTHING) == ALL
    assert after(answer(GATEWAY), NOTHING, answer(GATEWAY)) == ALL - {"logger"}


def test_incomplete_answers_remove_nothing() -> None:
    assert after(*[answer(GATEWAY)] * 5, complete=False) == ALL
    bare = answer(without(LOGGER, *LOGGER.sensors), without(GATEWAY, LAB))
    register = FULL.update(bare, complete=False)
    assert after(bare, complete=False) == ALL
    assert register.inventory.devices[0].sensors == LOGGER.sensors


def test_incomplete_answer_neither_counts_nor_forgets() -> None:
    once = FULL.update(answer(GATEWAY), complete=True)
    again = once.update(answer(GATEWAY), complete=False)
    assert again.missing == once.missing
    assert after(answer(GATEWAY), register=again) == ALL - {"logger"}
    never = FULL.update(answer(GATEWAY), complete=False)
    assert after(answer(GATEWAY), register=never) == ALL


def test_device_seen_in_an_incomplete_answer_was_not_lacked() -> None:
    once = FULL.update(answer(GATEWAY), complete=True)
    seen = once.update(answer(LOGGER, GATEWAY), complete=False)
    assert after(answer(GATEWAY), register=seen) == ALL


def test_radio_sensor_goes_when_two_answers_in_a_row_lack_it() -> None:
    lacking = answer(LOGGER, without(GATEWAY, LAB))
    assert after(lacking) == ALL
    assert after(lacking, lacking) == ALL - {"lab"}
    assert after(lacking, answer(LOGGER, GATEWAY), lacking) == ALL


def test_radio_sensor_that_moved_is_only_where_it_is_now() -> None:
    other = Device(uuid="other", serial="4", category="GATEWAY", sensors=(LAB,))
    moved = FULL.update(answer(LOGGER, without(GATEWAY, LAB), other), complete=True)
    assert [device.sensors for device in moved.inventory.devices][1:] == [(DOOR,), (LAB,)]
    assert moved.missing == ()
    alone = FULL.update(answer(LOGGER, other), complete=True)
    assert [(it.uuid, it.sensors) for it in alone.inventory.devices][1:] == [
        ("other", (LAB,)),
        ("gateway", (DOOR,)),
    ]


def test_exchanged_sensor_of_a_logger_goes_at_once() -> None:
    """It is no device of its own; two sensors would split the logger into parts."""
    new = replace(LOGGER, sensors=(Sensor(uuid="new", serial="9"),))
    assert FULL.update(answer(new, GATEWAY), complete=True).inventory.devices[0] == new


def test_probe_of_a_logger_with_several_is_a_device() -> None:
    one, two = Sensor(uuid="one", serial="5"), Sensor(uuid="two", serial="6")
    twin = Device(uuid="twin", serial="7", sensors=(one, two))
    register = DeviceRegister().update(answer(twin), complete=True)
    lacking = answer(without(twin, two))
    once = register.update(lacking, complete=True)
    assert once.inventory == answer(twin)
    assert once.update(lacking, complete=True).inventory == lacking


def test_newest_facts_and_a_known_tenant_win() -> None:
    renamed = replace(LOGGER, name="Fridge")
    register = FULL.update(Inventory(devices=(renamed,)), complete=True)
    assert register.inventory == answer(renamed, GATEWAY)


# --- Sites ----------------------------------------------------------------------------------

HERE = replace(LOGGER, site="here")
KNOWN = DeviceRegister().update(answer(HERE, GATEWAY), complete=True)


def sites_after(*sites: str | None, known: Device = HERE) -> list[str | None]:
    """Return the site of the logger after each of some answers."""
    register, found = DeviceRegister().update(answer(known), complete=True), []
    for site in sites:
        register = register.update(answer(replace(known, site=site)), complete=True)
        found += [device.site for device in register.inventory.devices]
    return found


def test_site_changes_when_two_answers_in_a_row_say_so() -> None:
    assert sites_after(None, "here", None, None) == ["here", "here", "here", None]
    assert sites_after("there", "here", "there") == ["here"] * 3
    assert sites_after("there", "there", "there") == ["here", "there", "there"]
    assert sites_after("there", None) == ["here", None], "neither says what was known"


def test_first_site_of_a_device_counts_at_once() -> None:
    assert sites_after("here", known=LOGGER) == ["here"]


def test_what_is_registered_anew_without_a_site_stays_where_it_was() -> None:
    anew = Device(uuid="anew", serial=HERE.serial)
    register = KNOWN.update(answer(anew, GATEWAY), complete=True)
    assert next((it.uuid, it.site) for it in register.inventory.devices) == ("anew", "here")
    register = register.update(answer(anew, GATEWAY), complete=True)
    assert next((it.uuid, it.site) for it in register.inventory.devices) == ("anew", None)


def test_registration_without_a_site_does_not_borrow_that_of_another() -> None:
    twin = replace(HERE, uuid="twin", site=None)
    register = DeviceRegister().update(answer(HERE, twin), complete=True)
    for _ in range(3):
        register = register.update(answer(HERE, twin), complete=True)
        assert [it.site for it in register.inventory.devices] == ["here", None]


def test_old_registration_is_no_reason_to_forget_the_new_one_at_once() -> None:
    """Only what comes under a serial for the first time takes its place."""
    old = replace(LOGGER, uuid="old", active=False, sensors=())
    register = DeviceRegister().update(answer(old, LOGGER), complete=True)
    assert after(answer(old), register=register) == {"old", "logger"}
    assert after(answer(old), answer(old), register=register) == {"old"}
