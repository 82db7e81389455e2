"""Neither the key nor a link is ever told to anybody, whatever goes wrong."""

from dataclasses import fields
import logging
import traceback
from typing import Any

import pytest

from custom_components.testo_smart_connect.clouds.errors import CloudError
from tests.clouds.reader import Reader
from tests.simulator import Faults, Simulator

from .conftest import DAY, NOON
from .desk import SIGNATURE, Desk, Said

SWITCHES: dict[str, tuple[Any, ...]] = {
    "kept_days": (0,),
    "unauthorized": (True,),
    "forbidden": (True,),
    "server_error": (500, 504),
    "rate_limit": (True,),
    "connection_reset": (True,),
    "unknown_path": (True,),
    "html": (True,),
    "empty_body": (True,),
    "redirect": (True,),
    "drip": (0.0001,),
    "cut_body": (True,),
    "wrong_type": (True,),
    "cookie": ("session=1",),
    "slow": (0.001,),
    "older_errors": (True,),
    "unknown_path_status": (404,),
    "sunset": ("", "Wed, 13 May 2027 00:00:00 GMT"),
    "status_v4_absent": (True,),
    "refuse_select": (True,),
    "submit_status": ("Error",),
    "wrong_uuid": (True,),
    "run_time": (0.0, 1000.0),
    "job_outcome": ("Error", "Failed", "Archived", "never"),
    "failure_message": ("about the key",),
    "refuse_filter": ({"processed_at"},),
    "filter_fails_job": (True,),
    "filter_misses": (0.5,),
    "select_fails_job": (True,),
    "unknown_request_status": (200,),
    "link_lifetime": (0, -1),
    "link_host": ("ftp://example.invalid", "http://127.0.0.1:1", "https://127.0.0.1:1"),
    "key_on_link": ("ignore",),
    "plain_json": (True,),
    "json_array": (True,),
    "one_file": (True,),
    "parts": (12,),
    "empty_file": (True,),
    "truncated_gzip": (True,),
    "gzip_bomb": (True,),
    "half_line": (True,),
    "bad_utf8": (True,),
    "garbage_line": (True,),
    "schema_names": (True,),
    "duplicates": (1.0,),
    "missing_columns": ({"uuid", "device_uuid", "timestamp"},),
    "extra_columns": ({"x": 1},),
    "omit_null": (True,),
    "bad_time": (True,),
    "drop_rows": ({"x"},),
    "local_time_with_z": (True,),
    "fahrenheit": (True,),
    "in_place_alarms": (True,),
    "without_source_event": (True,),
    "sensorless_gateway": (True,),
    "gateway_problem": ("WAF_FILTERED", "EXPIRED_TOKEN", "INTEGRATION_TIMEOUT"),
    "refused": (400, 403, 404),
    "refused_async": (403,),
    "strict_window": (True,),
}
NOT_FOR_US = {
    "only",
    "on",
    "retry_after",
    "fail_times",
    "csv_unquoted",
    "csv_crlf",
    "csv_bom",
    "login_status",
    "token_name",
    "token_life",
    "token_without_exp",
    "empty_token",
    "sync_limit",
    "wired_sensors",
}
"""Switches that say where and how often, or change what is never asked for here."""
REQUESTS = {
    "unauthorized",
    "forbidden",
    "server_error",
    "rate_limit",
    "connection_reset",
    "unknown_path",
    "html",
    "redirect",
    "cut_body",
}
STEPS = ("everywhere", "submit", "poll", "download")
CASES = [
    (switch, value, where)
    for switch, values in SWITCHES.items()
    for value in values
    for where in (STEPS if switch in REQUESTS else STEPS[:1])
]


def test_every_switch_is_thrown() -> None:
    assert set(SWITCHES) | NOT_FOR_US == {entry.name for entry in fields(Faults)}


async def told_by(cloud: Reader) -> tuple[list[CloudError], str]:
    """Ask for everything; return the errors and all that they and the client say."""
    errors: list[CloudError] = []
    for ask in (
        cloud.inventory,
        cloud.locations,
        cloud.limits,
        cloud.status,
        lambda: cloud.transitions(NOON - 2 * DAY, NOON),
        lambda: cloud.readings(
            NOON.replace(hour=11), NOON, list, arrived_after=NOON.replace(hour=10)
        ),
    ):
        try:
            await ask()
        except CloudError as err:
            errors.append(err)
    said = [repr(cloud), repr(cloud.dialect), repr(cloud.reports), repr(vars(cloud))]
    for error in errors:
        said += [str(error), repr(error), repr(error.args), repr(vars(error))]
        said += traceback.format_exception(error)
    return errors, "\n".join(said)


def assert_no_secret(told: str, *secrets: str) -> None:
    for secret in (*secrets, "X-Amz", "AWS4"):
        assert secret not in told


@pytest.mark.parametrize(("switch", "value", "where"), CASES)
async def test_secrets_under_every_fault(  # noqa: PLR0913, PLR0917 - a test's fixtures
    cloud: Reader,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    switch: str,
    value: Any,
    where: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    setattr(simulator.faults, switch, value)
    simulator.faults.only = set() if where == "everywhere" else {where}
    errors, told = await told_by(cloud)
    if switch in REQUESTS:
        assert len(errors) == 6
    links = {it.path for it in simulator.requests if it.host == "files"}
    signatures = [link.rpartition("=")[2] for link in links]
    told += caplog.text
    assert_no_secret(told, simulator.api_key, *links, *signatures)


async def test_secrets_of_strange_answers(
    reader: Reader, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = f"desk-key and {desk.link(0)}"
    for step in ("submit", "poll", "download"):
        for said in (
            Said(secret.encode()),
            Said({"status": "Error", "message": secret, "detail": secret}),
            Said({"status": secret, "data_urls": secret}, 400),
            Said({"status": "Completed", "data_urls": [secret, 5]}),
            Said({"status": "Completed", "data_urls": [f"http://host:port/?{secret}"]}),
            Said({"status": "Completed", "data_urls": [f"http://127.0.0.1:1/?{SIGNATURE}"]}),
            Said(status=302, headers={"Location": f"http://127.0.0.1:1/?{SIGNATURE}"}),
            Said(status=302, headers={"Location": f"http://host:port/?{SIGNATURE}"}),
            Said(secret.encode(), headers={"Content-Encoding": "gzip"}),
        ):
            desk.files = [b"{}"]
            desk.next[step] = [said] * 40
            errors, told = await told_by(reader)
            desk.next[step] = []
            assert errors or step == "download"
            assert_no_secret(told + caplog.text, "desk-key", SIGNATURE)
