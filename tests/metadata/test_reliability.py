"""The page on faults says what the tests of faults show, no more and no less."""

from tests.integration.fault_table import FAULTS, document

from .files import ROOT

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- generated: faults -->\n", "<!-- end -->\n"
COMMAND = "python -m tests.metadata.test_reliability"


def with_table(page: str) -> str:
    """Return the page with the table as the tests have it."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{document()}\n{END}{after}"


def test_the_table_is_that_of_the_tests() -> None:
    page = PAGE.read_text()
    assert page == with_table(page), f"write it anew with: {COMMAND}"


def test_every_fault_is_told_once() -> None:
    assert len({str(fault) for fault in FAULTS}) == len(FAULTS)
    rows = document().splitlines()[2:]
    assert len(set(rows)) == len(rows)


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
