"""Which devices exist and where: one answer that lacks a device does not remove it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from .model import Device, Inventory, Sensor


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRegister:
    """The inventory, and the devices and sensors that the last answer lacked."""

    inventory: Inventory = field(default_factory=Inventory)
    missing: tuple[str, ...] = ()
    strayed: tuple[str, ...] = ()
    """Devices that the last answer had at another site than is known, or at none."""

    def update(self, answer: Inventory, *, complete: bool) -> DeviceRegister:
        """Return the register after an answer.

        A device goes when two complete, non-empty answers in a row lack it; so does a
        sensor that is a device of its own to the user. An empty answer changes nothing;
        one with rows that were not understood removes nothing. What comes back under the
        same serial with another uuid was registered anew, and takes its place at once.
        Nor does a device leave its site before two answers in a row say so: whoever chose
        some sites would lose it.
        """
        if not answer.devices:
            return self
        answer = _with_radio(answer, self.inventory)
        present = set(_uuids(answer))
        lacking = [uuid for uuid in _uuids(self.inventory) if uuid not in present]
        missing = set(self.missing)
        gone = missing.intersection(lacking) if complete else set()
        gone |= _replaced(self.inventory, answer, present)
        settled = present | gone
        known = {device.uuid: device for device in self.inventory.devices}
        sites = _sites(self.inventory)
        confirmed = {*self.strayed}
        strayed = {
            device.uuid: site
            for device in answer.devices
            if device.uuid not in confirmed
            and (site := sites.get(device.uuid, sites.get(device.serial))) is not None
            and site != device.site
        }

        def kept(device: Device) -> tuple[Sensor, ...]:
            return tuple(
                sensor
                for sensor in device.sensors
                if sensor.uuid not in settled
                and (not complete or sensor.radio or len(device.wired) > 1)
            )

        def updated(device: Device) -> Device:
            return replace(
                device,
                site=strayed.get(device.uuid, device.site),
                sensors=device.sensors + kept(known.get(device.uuid, device)),
            )

        devices = [updated(device) for device in answer.devices]
        devices += [
            replace(device, sensors=tuple(it for it in device.sensors if it.uuid not in present))
            for device in self.inventory.devices
            if device.uuid not in settled
        ]
        return DeviceRegister(
            inventory=Inventory(
                tenant=answer.tenant or self.inventory.tenant, devices=tuple(devices)
            ),
            missing=tuple(
                uuid for uuid in lacking if uuid not in gone and (complete or uuid in missing)
            ),
            strayed=tuple(strayed),
        )

    def elsewhere(self, sites: Collection[str]) -> Inventory:
        """Return what is known to be at other sites, and was there at the last answer."""
        strayed = {*self.strayed}
        return replace(
            self.inventory,
            devices=tuple(
                device
                for device in self.inventory.devices
                if device.site is not None
                and device.site not in sites
                and device.uuid not in strayed
            ),
        )


def _sites(known: Inventory) -> dict[str, str | None]:
    """Return the sites by uuid, and by serial for what comes registered anew."""
    return {
        **{device.serial: device.site for device in known.devices},
        **{device.uuid: device.site for device in known.devices},
    }


def _replaced(known: Inventory, answer: Inventory, present: Collection[str]) -> set[str]:
    """Return the uuids whose serials an answer has under others that are new."""
    before = set(_uuids(known))
    devices = {device.serial for device in answer.devices if device.uuid not in before}
    sensors = {
        (device.serial, sensor.serial)
        for device, sensor in _sensors(answer)
        if sensor.uuid not in before
    }
    return {
        *(it.uuid for it in known.devices if it.uuid not in present and it.serial in devices),
        *(
            sensor.uuid
            for device, sensor in _sensors(known)
            if sensor.uuid not in present and (device.serial, sensor.serial) in sensors
        ),
    }


def _sensors(inventory: Inventory) -> Iterator[tuple[Device, Sensor]]:
    for device in inventory.devices:
        for sensor in device.sensors:
            yield device, sensor


def _uuids(inventory: Inventory) -> Iterator[str]:
    """Yield the uuids of all devices and sensors."""
    for device in inventory.devices:
        yield device.uuid
        yield from (sensor.uuid for sensor in device.sensors)


def _with_radio(answer: Inventory, before: Inventory) -> Inventory:
    """Return an answer in which what sent by radio once does so still: not each way tells it."""
    radio = {sensor.uuid for device in before.devices for sensor in device.radio}
    told = {sensor.uuid for device in answer.devices for sensor in device.radio}
    if radio <= told:
        return answer
    devices = (
        replace(
            device,
            sensors=tuple(replace(it, radio=it.radio or it.uuid in radio) for it in device.sensors),
        )
        for device in answer.devices
    )
    return replace(answer, devices=tuple(devices))
