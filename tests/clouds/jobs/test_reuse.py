"""Rows that come again as they were."""

from typing import Any

from custom_components.testo_smart_connect.clouds.count import RowCount
from custom_components.testo_smart_connect.clouds.fields import Row, RowError
from custom_components.testo_smart_connect.clouds.jobs.reuse import Reused


class Parser:
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, row: Row) -> list[Any]:
        self.asked += 1
        if row.get("bad"):
            raise RowError("bad")
        return [row["value"]]


def test_only_what_changed_is_parsed() -> None:
    parser = Parser()
    reused = Reused(parser, "name")
    results = [
        [{"name": "a", "value": 1}, {"name": "b", "value": 2}],
        [{"name": "b", "value": 2}, {"name": "a", "value": 3}],
        [{"name": "b", "value": 2}],
        [{"name": "a", "value": 3}, {"name": "b", "value": 2}],
    ]
    found, asked = [], []
    for rows in results:
        reused.begin()
        found.append([*RowCount().parse(rows, reused)])
        asked.append(parser.asked)
    assert found == [[1, 2], [2, 3], [2], [3, 2]]
    assert asked == [2, 3, 3, 4], "what a result lacked is forgotten"


def test_bad_rows_and_rows_without_a_name_are_parsed_each_time() -> None:
    parser, row_count = Parser(), RowCount()
    reused = Reused(parser, "name")
    rows: list[Row] = [{"name": "a", "bad": True}, {"value": 1}, {"name": ["a"], "value": 2}]
    for _ in range(2):
        reused.begin()
        assert [*row_count.parse(rows, reused)] == [1, 2]
    assert (parser.asked, row_count.rows, row_count.rejected) == (6, 6, {"bad": 2})
