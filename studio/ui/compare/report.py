"""The comparison as one HTML file: nothing outside it is needed, every word in it is escaped."""

import base64
import html
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QWidget

from studio.numbers import NO_BREAK, format_of, format_share, format_value
from studio.project.records import SampleRow
from studio.runs import naming
from studio.ui import theme
from studio.ui.compare.cards import metric_title
from studio.ui.compare.reading import Compared, option_rows
from studio.ui.tokens import Tokens
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.interval_plot import write_points
from workers.contract.folder import replace_file

PICTURE = 160


def write_report(path: Path, compared: Compared, curves: QWidget, images: ImageLoader) -> None:
    """Write the whole report, or nothing."""
    replace_file(path, report_html(compared, curves, images).encode())


def report_html(compared: Compared, curves: QWidget, images: ImageLoader) -> str:
    """The report's text; pictures and the drawing of the curves are embedded small."""
    found = compared.comparison
    first, second = (naming.numbered(one.row) for one in (compared.first, compared.second))
    parts = [
        f"<h1>{_text(first)} and {_text(second)}</h1>",
        f"<p class=note>{_text(found.notice or f'The same {found.shared:,} samples.')}</p>",
        _figures(compared),
        f"<p>{_text(found.sentence)}</p>",
        "<h2>Validation</h2>",
        f'<img class=curve alt="validation curves" src="{_embedded(curves.grab())}">',
        f"<h2>Differences, with 95{NO_BREAK}% intervals of 10,000 paired resamples</h2>",
        _intervals(compared),
        "<h2>Data</h2>",
        _table(("", "A", "B"), [(row.name, row.first, row.second) for row in compared.data]),
        "<h2>Options</h2>",
        _options(compared),
        *_samples("Won: wrong in A, right in B", found.won, compared, images),
        *_samples("Lost: right in A, wrong in B", found.lost, compared, images),
        *_samples("Missed: wrong in both", found.neither, compared, images),
    ]
    body = "\n".join(parts)
    title = _text(f"{first} and {second}")
    return (
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{_style(theme.current_tokens())}</style></head>"
        f"<body>\n{body}\n</body></html>\n"
    )


def _figures(compared: Compared) -> str:
    rows = []
    shared = compared.comparison.shared
    pairs = zip(("A", "B"), (compared.first, compared.second), strict=True)
    for (letter, run), correct in zip(pairs, compared.comparison.correct, strict=True):
        best = run.best
        share = format_share(correct / shared)
        count = format_of(correct, shared)
        majority = format_share(best.majority_count / best.count) if best and best.count else ""
        rows.append((letter, naming.numbered(run.row), share, count, majority))
    return _table(("", "Run", "Accuracy", "Correct", "Majority"), rows)


def _intervals(compared: Compared) -> str:
    rows = [
        (
            metric_title(one.metric),
            write_points(100 * one.difference),
            f"{write_points(100 * one.low)} to {write_points(100 * one.high)}",
            "may be chance" if one.may_be_chance else "",
        )
        for one in compared.comparison.intervals
    ]
    return _table(("", "Points", "Interval", ""), rows)


def _options(compared: Compared) -> str:
    rows = [
        (name, format_value(first), format_value(second), "differs" if differs else "")
        for name, first, second, differs in option_rows(compared, everything=True)
    ]
    return _table(("", "A", "B", ""), rows)


def _samples(title: str, ids: Sequence[int], compared: Compared, images: ImageLoader) -> list[str]:
    rows = [compared.samples[one] for one in ids if one in compared.samples]
    cells = "".join(_sample(row, images) for row in rows)
    more = len(ids) - len(rows)
    rest = f"<p class=note>and {more:,} more</p>" if more > 0 else ""
    return [f"<h2>{_text(title)}, {len(ids):,}</h2>", f"<div class=samples>{cells}</div>{rest}"]


def _sample(row: SampleRow, images: ImageLoader) -> str:
    image = None
    if row.image_path is not None and not row.image_problem:
        image = images.image(images.key(row.image_path, row.image_sha256))
    picture = f'<img alt="" src="{_embedded(_small(image))}">' if image is not None else ""
    words = f"<b>{_text(row.label or 'unlabelled')}</b> {_text(row.key)}<br>{_text(row.caption)}"
    return f"<figure>{picture}<figcaption>{words}</figcaption></figure>"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{_text(heading)}</th>" for heading in headings)
    lines = "".join(
        "<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{lines}</table>"


def _text(text: str) -> str:
    return html.escape(text)


def _small(image: QImage) -> QPixmap:
    mode = Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.scaledToWidth(PICTURE, mode))


def _embedded(pixmap: QPixmap) -> str:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(bytes(buffer.data().data())).decode()


def _style(tokens: Tokens) -> str:
    line = tokens.value("line_strong")
    return (
        f"body{{font:14px/1.45 Inter,sans-serif;max-width:980px;margin:32px auto;padding:0 16px;"
        f"background:{tokens.value('panel')};color:{tokens.value('text_1')}}}"
        f"h2{{font-size:15px;margin-top:28px}}table{{border-collapse:collapse}}"
        f"td,th{{text-align:left;padding:4px 16px 4px 0;border-bottom:1px solid {line}}}"
        f".note{{color:{tokens.value('text_2')}}}.curve{{max-width:100%}}"
        f".samples{{display:flex;flex-wrap:wrap;gap:12px}}figure{{margin:0;width:{PICTURE}px}}"
        f"figure img{{width:100%;border-radius:6px}}"
    )
