"""A document as HTML: one file without scripts and links, fit to be printed on A4.

Shows every script that the reader's browser shows.
"""

from collections.abc import Iterator
from html import escape

from .blocks import Block, Cell, Column, Document, Figure, Prose, Section, Table
from .plot import FONT_SIZE, HEIGHT, WIDTH, Area, Path, Plot, Shape, Style
from .styles import ACCENT, FILLS, HAIRLINE, INK, MUTED, PANEL, RULE, STROKES, TONES

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing is loaded or run, even if a text were ever written without being escaped."""
_STYLE = f"""
@page {{ size: A4; margin: 17mm 16mm 18mm; }}
:root {{ color-scheme: light; }}
* {{ box-sizing: border-box; }}
body {{ max-width: 178mm; margin: 10mm auto; padding: 0 4mm; background: #fff; color: {INK};
  font: 8pt/1.4 "DejaVu Sans", Verdana, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere; print-color-adjust: exact; -webkit-print-color-adjust: exact; }}
h1 {{ margin: 0; font-size: 18pt; line-height: 1.25; }}
h2, h3 {{ margin: 16pt 0 4pt; font-size: 11.5pt; color: {ACCENT}; break-after: avoid; }}
h3 {{ margin-top: 9pt; font-size: 9pt; color: {INK}; }}
p {{ margin: 0 0 4pt; }}
.title {{ color: {ACCENT}; font-size: 9.5pt; margin: 0; }}
.period {{ font-size: 10.5pt; margin-bottom: 8pt; }}
.facts {{ columns: 2; margin: 0; padding-top: 4pt; border-top: 1px solid {RULE}; }}
.facts div {{ display: flex; break-inside: avoid; }}
dt {{ flex: 0 0 33%; padding-right: 4pt; color: {MUTED}; }}
dd {{ margin: 0; flex: 1; }}
.statement {{ margin: 10pt 0; padding: 6pt; background: {PANEL}; border: 1px solid {HAIRLINE}; }}
table {{ border-collapse: collapse; table-layout: fixed; margin-bottom: 6pt;
  font-variant-numeric: tabular-nums; }}
thead {{ display: table-header-group; color: {MUTED}; font-size: 7pt; }}
tr {{ break-inside: avoid; }}
th, td {{ padding: 2pt 5pt; text-align: left; vertical-align: top;
  border-bottom: 1px solid {HAIRLINE}; }}
th:first-child, td:first-child {{ padding-left: 0; }}
th:last-child, td:last-child {{ padding-right: 0; }}
th {{ border-bottom-color: {RULE}; }}
.group {{ text-align: center; }}
.right {{ text-align: right; }}
small, figcaption {{ display: block; color: {MUTED}; font-size: 7pt; }}
figure {{ margin: 0; break-inside: avoid; }}
svg {{ display: block; width: 100%; height: auto; }}
.lines {{ display: flex; gap: 14pt; margin-top: 40pt; break-inside: avoid; }}
.lines span {{ flex: 1; border-top: 1px solid {MUTED}; color: {MUTED}; font-size: 7.5pt; }}
footer {{ margin-top: 16pt; padding-top: 4pt; border-top: 1px solid {RULE}; color: {MUTED};
  font-size: 7.5pt; }}
""" + "\n".join(f".{tone} {{ background: {colour}; }}" for tone, colour in TONES.items())


def render(document: Document) -> bytes:
    """Return the file (UTF-8); the same document gives the same bytes."""
    return "\n".join(_lines(document)).encode()


def _lines(document: Document) -> Iterator[str]:
    title = f"{document.title}: {document.subject}, {document.period}"
    yield "<!DOCTYPE html>"
    yield f'<html lang="{document.language}">'
    yield '<head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{escape(title)}</title>"
    yield f"<style>{_STYLE}{_counting(document.page)}</style></head>"
    yield "<body>"
    yield f'<p class="title">{escape(document.title)}</p>'
    yield f"<h1>{escape(document.subject)}</h1>"
    yield f'<p class="period">{escape(document.period)}</p>'
    yield '<dl class="facts">'
    for name, value in document.facts:
        yield f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
    yield "</dl>"
    yield f'<p class="statement">{escape(document.statement)}</p>'
    for section in document.sections:
        yield from _section(section)
    yield f"<footer>{escape(document.footer)}</footer>"
    yield "</body></html>"
    yield ""


def _counting(page: str) -> str:
    """Return the rule that writes the number at the foot of a printed page."""
    content = page.format(page='" counter(page) "', pages='" counter(pages) "')
    return f'\n@page {{ @bottom-right {{ content: "{content}"; font: 7.5pt sans-serif; }} }}\n'


def _section(section: Section) -> Iterator[str]:
    tag = f"h{section.level + 1}"
    yield f"<{tag}>{escape(section.heading)}</{tag}>"
    for block in section.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Prose(text):
            yield f"<p>{escape(text)}</p>"
        case Table():
            yield from _table(block)
        case Figure():
            yield from _figure(block)
        case _:
            spans = (f"<span>{escape(label)}</span>" for label in block.labels)
            yield f'<div class="lines">{"".join(spans)}</div>'


def _table(table: Table) -> Iterator[str]:
    yield f'<table style="width: {sum(it.width for it in table.columns):.2%}">'
    yield "<colgroup>"
    whole = sum(column.width for column in table.columns)
    for column in table.columns:
        yield f'<col style="width: {column.width / whole:.2%}">'
    yield "</colgroup><thead>"
    if table.groups:
        spans = (
            f'<th class="group" colspan="{span}">{escape(it)}</th>' for it, span in table.groups
        )
        yield f"<tr>{''.join(spans)}</tr>"
    titles = (f"<th{_class(it.align)}>{escape(it.title)}</th>" for it in table.columns)
    yield f"<tr>{''.join(titles)}</tr></thead><tbody>"
    for row in table.rows:
        yield f"<tr>{''.join(map(_cell, row, table.columns, strict=True))}</tr>"
    yield "</tbody></table>"


def _cell(cell: Cell, column: Column) -> str:
    text = escape(cell.text)
    if cell.strong:
        text = f"<strong>{text}</strong>"
    note = f"<small>{escape(cell.note)}</small>" if cell.note else ""
    return f"<td{_class(column.align, cell.tone)}>{text}{note}</td>"


def _class(*names: str) -> str:
    """Return the attribute of what is not as everything is."""
    found = " ".join(name for name in names if name not in {"left", "plain"})
    return f' class="{found}"' if found else ""


def _figure(figure: Figure) -> Iterator[str]:
    name = escape(figure.channel.name)
    yield f'<figure><svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{name}"'
    yield f'font-size="{FONT_SIZE:g}" fill="{MUTED}">'
    yield from map(_shape, Plot(figure).shapes())
    yield f"</svg><figcaption>{escape(figure.caption)}</figcaption></figure>"


def _shape(shape: Shape) -> str:
    match shape:
        case Area(x, y, width, height, style):
            place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
            return f'<rect {place} fill="{FILLS[style]}"/>'
        case Path(points, style):
            return f'<path d="{_way(points)}" {_stroke(style)}/>'
        case _:
            place = f'x="{shape.x:.1f}" y="{shape.y:.1f}" text-anchor="{shape.anchor}"'
            return f"<text {place}>{escape(shape.text)}</text>"


def _way(points: tuple[tuple[float, float], ...]) -> str:
    (x, y), *others = points
    # What follows the first pair is drawn to, without a letter of its own.
    return f"M{x:.1f} {y:.1f}L" + " ".join(f"{x:.1f} {y:.1f}" for x, y in others)


def _stroke(style: Style) -> str:
    stroke = STROKES[style]
    dash = f' stroke-dasharray="{" ".join(map(str, stroke.dash))}"' if stroke.dash else ""
    # Round, so that a single reading is a dot.
    return (
        f'fill="none" stroke="{stroke.colour}" stroke-width="{stroke.width}" '
        f'stroke-linecap="round" stroke-linejoin="round"{dash}'
    )
