"""Answers that come at once, of another form than they should have."""

from typing import Any

import pytest

from custom_components.testo_smart_connect.clouds.errors import BadDataError
from custom_components.testo_smart_connect.clouds.jobs.runner import Job, JobRunner
from custom_components.testo_smart_connect.clouds.jobs.synchronous import listed, properties


class Line:
    """Answers whatever it was given. In place of a transport."""

    deprecated: dict[str, Any] = {}  # noqa: RUF012  nobody changes it

    def __init__(self, answer: dict[str, Any]) -> None:
        """Take the answer."""
        self.answer = answer

    async def call(self, *_asked: Any) -> dict[str, Any]:
        """Return it."""
        return self.answer


@pytest.mark.parametrize("answer", [{}, {"probes": 5}, {"probes": ["text"]}])
async def test_what_is_of_another_form_is_bad_data(answer: dict[str, Any]) -> None:
    line: Any = Line(answer)
    with pytest.raises(BadDataError, match="another form"):
        await JobRunner(line).ask(
            Job(resource="properties", path="/x", body={}), properties, lambda found, _: [*found]
        )


async def test_rows_are_reduced() -> None:
    line: Any = Line({"tenants": [{"a": 1}]})
    job = Job(resource="tenants", path="/x", body={})
    answer = await JobRunner(line).ask(job, listed("tenants"), lambda found, _: [*found])
    assert answer.value == [[{"a": 1}]]
