"""The page on faults says what the tests of faults show, no more and no less."""

from collections.abc import Sequence

import pytest

from tests.integration import fault_table
from tests.integration.saveris import fault_table as saveris_fault_table

from .files import ROOT

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- generated: {} -->\n", "<!-- end -->\n"
TABLES = {
    "faults": fault_table.document,
    "faults of logins and pushed alarms": saveris_fault_table.document,
}
COMMAND = "python -m tests.metadata.test_reliability"


def with_tables(page: str) -> str:
    """Return the page with the tables as the tests have them."""
    for name, document in TABLES.items():
        begin = BEGIN.format(name)
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(END)
        page = f"{before}{begin}\n{document()}\n{END}{after}"
    return page


def test_the_tables_are_those_of_the_tests() -> None:
    page = PAGE.read_text()
    assert page == with_tables(page), f"write it anew with: {COMMAND}"


@pytest.mark.parametrize(
    ("faults", "table"),
    [
        (fault_table.FAULTS, fault_table.document()),
        (saveris_fault_table.FAULTS, saveris_fault_table.document()),
    ],
    ids=TABLES,
)
def test_every_fault_is_told_once(faults: Sequence[object], table: str) -> None:
    assert len({str(fault) for fault in faults}) == len(faults)
    rows = table.splitlines()[2:]
    assert len(set(rows)) == len(rows)


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
