"""Rows of tenants (Saveris Data part 6.8)."""

from typing import TYPE_CHECKING

from . import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .faults import Row
    from .fleet import Fleet


def tenant_rows(fleet: Fleet) -> Iterator[Row]:
    """Yield the account itself, then one restaurant below it for each site."""

    def row(uuid: str, parent: str | None, name: str, number: int) -> Row:
        return {
            "tenant_uuid": uuid,
            "parent_uuid": parent,
            "is_operator": parent is not None,
            "organisation_name": name,
            "organisation_id": f"MM-{number:04d}",
            "organisation_email": "office@example.com",
            "country": "DE",
            "main_timezone": str(fleet.local_zone),
            "main_language": "de_DE",
            "register_time": texts.utc(fleet.since),
        }

    yield row(fleet.tenant_uuid, None, fleet.customer, 1)
    for number, site in enumerate(tuple(fleet.sites), start=2):
        yield row(fleet.uuid_of("tenant", site.id), fleet.tenant_uuid, site.name, number)
