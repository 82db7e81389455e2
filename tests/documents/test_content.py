"""What a report says: verdicts, figures, events, and what is not known."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
import json
import subprocess
import sys

import pytest

from custom_components.testo_smart_connect.documents.blocks import (
    Document,
    Figure,
    Prose,
    Section,
    Signature,
    Table,
    texts,
)
from custom_components.testo_smart_connect.documents.words import LANGUAGES, Words
from custom_components.testo_smart_connect.monitoring.report_model import (
    Acknowledged,
    DeviceReport,
    LimitDoubt,
)

from . import samples, writing
from .writing import CASES, composed

NBSP = "\N{NO-BREAK SPACE}"


def section(document: Document, heading: str) -> Section:
    (found,) = [it for it in document.sections if it.heading == heading]
    return found


def table(document: Document, heading: str) -> list[list[str]]:
    """Return the texts of the rows of the only table of a section."""
    (found,) = [it for it in section(document, heading).blocks if isinstance(it, Table)]
    return [
        [f"{cell.text}|{cell.note}".strip("|").replace(NBSP, " ") for cell in row]
        for row in found.rows
    ]


def prose(document: Document, heading: str) -> list[str]:
    return [it.text for it in section(document, heading).blocks if isinstance(it, Prose)]


def verdict(report: DeviceReport) -> list[str]:
    (row,) = table(composed(report), "Result")
    return row


def facts(report: DeviceReport) -> dict[str, str]:
    return {key: it.replace(NBSP, " ") for key, it in composed(report).facts}


def test_the_head() -> None:
    document = composed(samples.report())
    assert document.title == "Monitoring report"
    assert document.subject == "Kühlschrank 1"
    assert document.period == "2026-10-01 00:00 – 2026-11-01 00:00"
    assert facts(samples.report()) == {
        "Site": "Apotheke Köln",
        "Serial number": "12345678",
        "Model": "testo 160 T",
        "Firmware": "1.4.2",
        "Measuring cycle": "15 min",
        "Time zone": "Europe/Berlin (UTC+02:00, UTC+01:00)",
        "Data as of": "2026-11-01 06:15",
        "Data": "complete",
        "Calibration due": "2027-04-30",
        "Made": "2026-11-01 06:30 by Demo",
        "Made with": "testo Smart Connect for Home Assistant 0.2.0",
    }
    assert "not a validated record" in document.statement
    assert "testo remains the system of record" in document.statement


def test_what_is_not_known_is_left_out() -> None:
    document = composed(writing.without_readings(), made_by=None)
    assert [name for name, _ in document.facts] == [
        *("Serial number", "Time zone", "Data", "Made", "Made with")
    ]
    assert document.author == "testo Smart Connect for Home Assistant"


def test_a_running_day_and_an_overdue_calibration_say_so() -> None:
    found = facts(writing.open_excursion())
    assert found["Data"] == "not complete, readings may still arrive"
    assert found["Calibration due"] == "2026-10-01, overdue"
    assert found["Time zone"] == "Europe/Berlin (UTC+02:00)"
    today = replace(samples.report(), calibration_due=date(2026, 11, 1))
    assert facts(today)["Calibration due"] == "2026-11-01"


def test_in_range_is_said_only_of_the_whole_time() -> None:
    assert verdict(writing.in_range()) == [
        *("Temperatur", "≥ −1.5 °C|given for this report", "In range", "100%")
    ]
    row = table(composed(samples.climate()), "Result")[0]
    assert row[2:] == ["In range while measured|No readings for 12 h 30 min.", "98.32%|Gaps: 1"]


def test_out_of_range_says_how_long_and_what_is_not_known() -> None:
    assert verdict(samples.report())[2:] == [
        "Out of range|Too high for 2 h 45 min. No readings for 12 h 30 min.",
        "98.32%|Gaps: 1",
    ]
    assert verdict(writing.open_excursion())[2:] == [
        "Out of range|Too high for 1 h 45 min. Still out of range at the end.",
        "100%",
    ]
    both = verdict(writing.with_many_events())[2]
    assert both.startswith("Out of range|Too high for ")
    assert "Too low for " in both


def test_without_limits_or_readings_nothing_can_be_told() -> None:
    nothing = "No limit is known, so nothing can be out of range."
    assert verdict(writing.without_limits())[1:] == ["–", f"Cannot be determined|{nothing}", "100%"]
    document = composed(writing.without_limits())
    assert prose(document, "Excursions: Temperatur") == [nothing]
    figures = dict(table(document, "Key figures"))
    assert [figures[key] for key in ("Time above the upper limit", "Excursions")] == ["–", "–"]
    assert dict(table(document, "How it was calculated"))["Limits: Temperatur"].startswith("None")

    silent = verdict(writing.without_readings())
    assert silent[2] == "Cannot be determined|There are no readings of this period."
    assert silent[3] == "0%|Gaps: 1"
    document = composed(writing.without_readings())
    assert prose(document, "Temperatur") == ["There are no readings of this period."]
    assert {value for _, value in table(document, "Key figures")[1:4]} == {"–"}
    document = composed(replace(samples.report(), channels=()))
    assert prose(document, "Result") == ["There are no readings of this period."]


def test_what_holds_into_the_period_is_known_although_nothing_was_measured_in_it() -> None:
    silent = writing.without_readings()
    (channel,) = silent.channels
    figures = replace(channel.figures, coverage=0.25)
    assert verdict(replace(silent, channels=(replace(channel, figures=figures),)))[2] == (
        "In range while measured|No readings for 23 d 6 h 45 min."
    )


def test_figures() -> None:
    (channel,) = samples.report().channels
    mean, mkt = sum(channel.values) / len(channel.values), channel.figures.mkt
    assert mkt
    lowest = channel.times[[*channel.values].index(3.6)].astimezone(samples.BERLIN)
    assert dict(table(composed(samples.report()), "Key figures")) == {
        "Readings": "2930",
        "Minimum": f"3.6 °C|{lowest:%Y-%m-%d %H:%M}",
        "Maximum": "12.2 °C|2026-10-12 12:15",
        "Mean": f"{mean:.2f} °C",
        "Mean kinetic temperature (MKT)": f"{mkt.value:.2f} °C",
        "Highest MKT of 24 hours": f"{mkt.value + 0.8:.2f} °C",
        "Highest MKT of 30 days": "–",
        "Time above the upper limit": "2 h 45 min",
        "Time below the lower limit": "0 min",
        "Excursions": "1",
    }
    two = table(composed(samples.climate()), "Key figures")
    assert [row[0] for row in two] == [
        key for key, _ in table(composed(samples.report()), "Key figures")
    ]
    assert two[4][2] == "–"


def test_values_have_the_decimals_that_they_have() -> None:
    def spelt(value: float, upper: float, decimals: int = 1) -> list[str]:
        channel = samples.channel(lambda _: value, (samples.limit("upper", upper),))
        found = composed(samples.report(replace(channel, decimals=decimals)))
        return [
            table(found, "Result")[0][1].partition("|")[0],
            table(found, "Key figures")[1][1][:8],
        ]

    assert spelt(5.0, 8.0, 0) == ["≤ 8 °C", "5 °C|202"]
    assert spelt(5.5, 8.0, 0) == ["≤ 8.0 °C", "5.5 °C|2"]
    assert spelt(41.72, 46.4) == ["≤ 46.40 °C", "41.72 °C"]
    assert spelt(20.0, 37.375) == ["≤ 37.375 °C", "20.0 °C|"]
    assert spelt(7.125, 8.0, 3) == ["≤ 8.000 °C", "7.125 °C"]


def test_limits_say_who_says_so() -> None:
    rows = table(composed(writing.of_all_sources()), "Result")
    assert [row[1] for row in rows] == [
        "2.00 – 8.25 °C|2.00 °C: entered in Home Assistant; 8.25 °C: alarm limits of testo",
        "≤ 8.25 °C|alarm limits of testo",
        "≥ 2.0 °C|entered in Home Assistant",
        "≤ 8.25 °C, ≤ 9.00 °C|8.25 °C: alarm limits of testo; 9.00 °C: given for this report",
    ]


def test_excursions_and_gaps() -> None:
    document = composed(samples.report())
    assert table(document, "Excursions: Temperatur") == [
        ["1", "2026-10-12 11:15", "2026-10-12 14:00", "2 h 45 min", "> 8.0 °C", "12.2 °C"]
    ]
    assert table(document, "Gaps: Temperatur") == [
        ["1", "2026-10-20 01:45", "2026-10-20 14:15", "12 h 30 min"]
    ]
    document = composed(writing.in_range())
    assert prose(document, "Excursions: Temperatur") == ["None."]
    assert prose(document, "Gaps: Temperatur") == ["None."]
    assert table(composed(writing.open_excursion()), "Excursions: Temperatur") == [
        ["1", "2026-10-12 11:15", "still open", "so far 1 h 45 min", "> 8.0 °C", "12.2 °C"]
    ]


def test_nothing_is_cut() -> None:
    report = writing.with_many_events()
    document, figures = composed(report), report.channels[0].figures
    excursions = table(document, "Excursions: Temperatur")
    assert len(excursions) == len(figures.excursions) > 500
    assert {row[4] for row in excursions} == {"> 8.00 °C", "< 2.00 °C"}
    gaps = table(document, "Gaps: Temperatur")
    assert [row[0] for row in gaps[:-1]] == [str(number) for number in range(1, 297)]
    assert gaps[-1] == ["", "Total", "", "6 d 4 h"]


def test_alarms_of_testo_stand_apart() -> None:
    document = composed(samples.report())
    (said,) = prose(document, "Alarms raised by testo")
    assert "not the excursions above" in said
    assert table(document, "Alarms raised by testo") == [
        [
            *("2026-10-12 11:15", "2026-10-12 14:00", "Temperature: above the upper limit|Alarm"),
            *("9.4 °C", "8.0 °C", "Demo|2026-10-12 11:40: Tür war offen"),
        ],
        ["2026-10-20 02:30", "still open", "No contact with the device|Warning", "–", "–", "–"],
    ]
    others = composed(replace(samples.report(), alarms=samples.OTHER_ALARMS), "de")
    assert table(others, "Alarme von testo") == [
        ["–", "–", "Systemalarm|Alarm", "–", "–", "–"],
        [
            *("12.10.2026 11:15", "12.10.2026 14:00"),
            *("Frost depth: unter der unteren Grenze|Alarm", "−3,25", "8,0"),
            "Demo|12.10.2026 11:40",
        ],
    ]
    quiet = composed(samples.climate())
    assert prose(quiet, "Alarms raised by testo") == ["testo raised no alarm in this period."]


@pytest.mark.parametrize(
    ("reason", "language", "said"),
    [
        ("Lost external power supply for device", "de", "Stromversorgung ausgefallen"),
        ("Sensor is broken", "fr", "Sonde défectueuse"),
        ("Supervision unknown", "en", "No longer known"),
        ("Unknown", "pl", "Nieznana usterka"),
        ("Something new", "de", "Something new"),
        (None, "de", "Systemalarm"),
    ],
)
def test_faults_in_the_language_of_the_report(reason: str | None, language: str, said: str) -> None:
    report = samples.report()
    alarm = replace(report.alarms[0], property=None, extension=None, direction=None, reason=reason)
    by = Acknowledged(by="automation", at=report.start, note=None)
    alarms = (replace(alarm, acknowledged=by),)
    document = composed(replace(report, alarms=alarms), language=language)
    (row,) = table(document, Words(language, "UTC", maker="testo")("alarms"))
    assert row[2].startswith(said)
    assert row[-1].startswith(Words(language, "UTC", maker="testo")("automation"))


def test_reviews_and_signature() -> None:
    document = composed(samples.report())
    assert table(document, "Reviews") == [
        ["2026-10-12 15:00", "Demo", "Ware geprüft, in Ordnung"],
        ["2026-10-31 18:05", "Dr. Müller", ""],
    ]
    assert "not an electronic signature" in prose(document, "Reviews")[0]
    assert prose(composed(samples.climate()), "Reviews") == [
        "No review was confirmed in this period."
    ]
    assert section(document, "Checked").blocks == (Signature(("Name", "Date", "Signature")),)


def test_days_are_local_and_what_is_out_is_bold() -> None:
    document = composed(samples.report())
    rows = {row[0]: row[1:] for row in table(document, "Daily values")}
    assert len(rows) == 31
    assert rows["2026-10-25"][0] == "100"
    assert rows["2026-10-12"] == ["96", "4.0", "5.87", "12.2"]
    (found,) = [it for it in section(document, "Daily values").blocks if isinstance(it, Table)]
    assert [cell.text for row in found.rows for cell in row if cell.strong] == ["12.2"]
    silent = table(composed(writing.without_readings()), "Daily values")
    assert {tuple(row[1:]) for row in silent} == {("0", "–", "–", "–")}


def test_a_day_that_one_channel_lacks_is_empty() -> None:
    warm, damp = samples.climate().channels
    damp = replace(damp, figures=replace(damp.figures, days=damp.figures.days[1:]))
    rows = table(composed(samples.report(warm, damp)), "Daily values")
    assert rows[0][5:] == ["–"] * 4
    assert rows[1][5:] != ["–"] * 4
    none = replace(warm, figures=replace(warm.figures, days=()))
    headings = [it.heading for it in composed(samples.report(none)).sections]
    assert "Daily values" not in headings


def test_many_channels_stand_in_several_tables() -> None:
    document = composed(writing.with_seven_channels())
    assert len(table(document, "Result")) == 7
    for heading, columns in (("Key figures", [4, 4, 2]), ("Daily values", [9, 9, 9, 5])):
        tables = [it for it in section(document, heading).blocks if isinstance(it, Table)]
        assert [len(it.columns) for it in tables] == columns
        assert all(sum(column.width for column in it.columns) <= 1.001 for it in tables)


def test_how_it_was_reckoned() -> None:
    said = dict(table(composed(samples.report(), "de"), "So wurde gerechnet"))
    assert (
        "ΔH = 83,144 kJ/mol, R = 8,3144 J/(mol·K), 0 °C = 273,15 K"
        in said["Mittlere kinetische Temperatur (MKT)"]
    )
    assert said["Grenzwerte: Temperatur"] == "2,0 – 8,0 °C (für diesen Bericht angegeben)"
    assert "Keine MKT" not in said
    assert "Keine MKT" in dict(table(composed(samples.climate(), "de"), "So wurde gerechnet"))


def test_two_activation_energies_are_both_named() -> None:
    first, second = (samples.channel() for _ in range(2))
    mkt = second.figures.mkt
    assert mkt
    figures = replace(second.figures, mkt=replace(mkt, activation_energy=100.0))
    document = composed(samples.report(first, replace(second, figures=figures)))
    rows = table(document, "How it was calculated")
    energies = [text for name, text in rows if name.startswith("Mean kinetic")]
    assert ["ΔH = 83.144 kJ" in energies[0], "ΔH = 100 kJ" in energies[1]] == [True, True]


def test_a_figure_names_its_marks() -> None:
    def caption(report: DeviceReport) -> str:
        (found,) = section(composed(report), "Temperatur").blocks
        assert isinstance(found, Figure)
        return found.caption

    assert caption(samples.report()) == (
        "Dashed: limits. Shaded: out of range. Dark strip at the bottom: no readings."
    )
    assert caption(writing.in_range()) == "Dashed: limits."
    assert caption(writing.without_limits()) == ""


def test_names_of_others_are_put_on_one_line() -> None:
    report = replace(samples.report(), name=" Fridge\r\n1 ", site="a\u202eb")
    document = composed(report, made_by="De\nmo")
    assert document.subject == "Fridge 1"
    assert dict(document.facts)["Site"] == "a b"
    assert document.author == "De mo"
    assert document.running.startswith("Fridge 1 · 12345678 · ")


def test_the_clocks_may_change_at_the_end() -> None:
    zone = replace(
        samples.report(),
        start=datetime(2026, 10, 24, 22, tzinfo=UTC),
        end=datetime(2026, 10, 25, 1, tzinfo=UTC),
    )
    assert facts(zone)["Time zone"] == "Europe/Berlin (UTC+02:00)"
    zone = replace(zone, end=zone.end + timedelta(minutes=1))
    assert facts(zone)["Time zone"] == "Europe/Berlin (UTC+02:00, UTC+01:00)"


@pytest.mark.parametrize("case", CASES)
def test_texts_are_plain_and_on_one_line(case: str) -> None:
    for text in texts(composed(CASES[case](), "de")):
        assert text == " ".join(text.split(" "))
        assert "\n" not in text
        assert "{" not in text


def test_nobody_imports_reportlab_before_a_pdf_is_wanted() -> None:
    package = "custom_components.testo_smart_connect.documents"
    code = f"import sys, json, {package}.content, {package}.html, {package}.errors\n"
    code += "print(json.dumps([it for it in sys.modules if it.startswith('reportlab')]))"
    done = subprocess.run(  # noqa: S603 - the code stands above
        [sys.executable, "-c", code], capture_output=True, check=True
    )
    assert json.loads(done.stdout) == []


def test_a_side_with_several_limits_is_never_in_range() -> None:
    """Nobody knows which one counts."""
    report = writing.in_doubt()
    (channel,) = report.channels
    document = composed(report)
    why = "Upper limit: testo has several alarm limits with different values, so none is assumed."
    kept = "Never below the lower limit."
    assert table(document, "Result")[0][1:3] == [
        f"≥ −1.5 °C|alarm limits of testo {why}",
        f"Cannot be determined|{kept}",
    ]
    assert prose(document, "Excursions: Temperatur") == [f"{kept} {why}"]
    figures = dict(table(document, "Key figures"))
    assert [figures[key] for key in ("Time above the upper limit", "Excursions")] == ["–", "–"]
    assert dict(table(document, "How it was calculated"))["Limits: Temperatur"].endswith(why)
    silent = composed(replace(report, channels=(replace(channel, limits=()),)))
    nothing = "No limit is known, so nothing can be out of range."
    assert table(silent, "Result")[0][1:3] == [f"–|{why}", f"Cannot be determined|{nothing}"]
    assert prose(silent, "Excursions: Temperatur") == [f"{nothing} {why}"]


def test_what_is_out_on_one_side_is_said_whatever_the_other() -> None:
    (channel,) = samples.report().channels
    doubt = LimitDoubt(direction="lower", reason="times")
    limits = tuple(it for it in channel.limits if it.direction == "upper")
    document = composed(samples.report(replace(channel, limits=limits, doubts=(doubt,))))
    why = "Lower limit: that of testo changes with the time of day, so none is assumed."
    assert table(document, "Result")[0][2].startswith("Out of range|Too high for 2 h 45 min.")
    assert len(table(document, "Excursions: Temperatur")) == 1
    assert prose(document, "Excursions: Temperatur") == [why]
    assert dict(table(document, "Key figures"))["Excursions"] == "1"
    silent = writing.without_readings()
    (channel,) = silent.channels
    report = replace(silent, channels=(replace(channel, doubts=(doubt,)),))
    assert prose(composed(report), "Excursions: Temperatur") == [why]


def test_another_maker_is_named() -> None:
    """Nothing is said of one that has nothing to do with it."""
    report = replace(writing.in_doubt(), maker="Sensorist", model="S2.0")
    for language in LANGUAGES:
        said = [it for it in texts(composed(report, language)) if "testo" in it]
        assert all("testo Smart Connect for Home Assistant" in it for it in said), said
    assert composed(report).statement.endswith("that does not come from Sensorist.")
