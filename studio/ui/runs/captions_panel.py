"""Best and worst of a captioner: the top and the last pair by a metric, and the whole ranking."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from studio.runs.caption_metrics import format_score, title_of
from studio.runs.caption_naming import TITLES, Naming, count_naming, sources_of, words_of
from studio.runs.caption_scores import CaptionRanking, RankedCaption
from studio.ui.widgets.combo import ListCombo
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.image_view import ImageView
from studio.ui.widgets.plain_table import PlainTable
from studio.ui.widgets.text import PlainLabel

HEADINGS = ("Written", "A person wrote", "Sample", "")
PICTURE_WIDTH = 168
SHOWN_REFERENCES = 3


class CaptionPair(QWidget):
    """A picture beside its written caption, its score and what people wrote."""

    opened = Signal(int)

    def __init__(self, name: str, images: ImageLoader) -> None:
        super().__init__()
        self._name, self._images = name, images
        self._shown: RankedCaption | None = None
        self.picture = ImageView()
        self.picture.setFixedWidth(PICTURE_WIDTH)
        self.picture.setMinimumHeight(96)
        self.picture.opened.connect(self._open)
        self.title = PlainLabel("", role="small", tone="text_3", tabular=True, elide=True)
        self.written = PlainLabel("", role="body", wrap=True)
        self.references = [
            PlainLabel("", role="small", tone="text_2", elide=True) for _ in range(SHOWN_REFERENCES)
        ]
        words = QVBoxLayout()
        words.setSpacing(4)
        for label in (self.title, self.written, *self.references):
            words.addWidget(label)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.picture)
        row.addLayout(words, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        images.ready.connect(lambda key, _: self._take(key))

    def show_pair(self, found: RankedCaption, metric: str) -> None:
        """Show a caption and its score by a metric."""
        self._shown = found
        score = format_score(found.scores[metric])
        self.title.setText(f"{self._name} · {title_of(metric)} {score} · {found.key}")
        self.written.setText(found.written or "Nothing was written.")
        for place, label in enumerate(self.references):
            told = found.references[place] if place < len(found.references) else ""
            label.setText(" ".join(told.split()))
        self.setAccessibleName(f"{self.title.text()}: {found.written}")
        self._show_picture()

    def _show_picture(self) -> None:
        found = self._shown
        if found is None or found.image_path is None:
            self.picture.show_image(None, (0, 0), ())
            return
        image = self._images.request(found.image_path, found.image_sha256)
        size = (image.width(), image.height()) if image is not None else (0, 0)
        self.picture.show_image(image, size, ())

    def _take(self, key: str) -> None:
        found = self._shown
        if found is None or found.image_path is None:
            return
        if key == self._images.key(found.image_path, found.image_sha256):
            self._show_picture()

    def _open(self) -> None:
        if self._shown is not None:
            self.opened.emit(self._shown.sample_id)


class NamingRow(QWidget):
    """How many of the captions name what they should, always as correct of all that were asked."""

    def __init__(self) -> None:
        super().__init__()
        self._captions: tuple[RankedCaption, ...] = ()
        self.sources = ListCombo()
        self.sources.setAccessibleName("What captions should name")
        self.sources.setFixedWidth(150)
        self.words = QLineEdit()
        self.words.setAccessibleName("Words that captions should name")
        self.words.setPlaceholderText("car, bus")
        self.words.setFixedWidth(104)
        self.count = PlainLabel("", role="small", tone="text_1", tabular=True)
        self.sources.activated.connect(lambda _: self._count())
        self.words.textEdited.connect(lambda _: self._count())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(PlainLabel("Captions that name", role="small", tone="text_2"))
        for widget in (self.sources, self.words, self.count):
            row.addWidget(widget)

    def show_captions(self, captions: tuple[RankedCaption, ...]) -> None:
        """Count among these captions, by the kind of names that was chosen if they have it."""
        chosen, self._captions = self.sources.currentData(), captions
        self.sources.clear()
        for source in sources_of(captions):
            self.sources.addItem(TITLES[source], source)
        self.sources.setCurrentIndex(max(0, self.sources.findData(chosen)))
        self._count()

    def _count(self) -> None:
        source = self.sources.currentData()
        self.words.setVisible(source == Naming.WORDS)
        found = count_naming(self._captions, source, words_of(self.words.text()))
        self.count.setText(str(found) if found.count else "")


class CaptionsPanel(QWidget):
    """Asks for samples to be opened, and tells of the one chosen in the ranking."""

    sample_wanted = Signal(int)

    def __init__(self, images: ImageLoader) -> None:
        super().__init__()
        self._ranking: CaptionRanking | None = None
        self._rows: tuple[RankedCaption, ...] = ()
        self.metrics = ListCombo()
        self.metrics.setAccessibleName("Metric")
        self.metrics.setFixedWidth(120)
        self.metrics.activated.connect(lambda _: self._show())
        self.line = PlainLabel("", role="small", tone="text_2", elide=True, tabular=True)
        self.naming = NamingRow()
        self.best, self.worst = CaptionPair("Best", images), CaptionPair("Last", images)
        self.table = PlainTable(HEADINGS, right=(3,), wide=0)
        self.table.share_columns((0, 1))
        self.table.doubleClicked.connect(self._open_row)
        for pair in (self.best, self.worst):
            pair.opened.connect(self.sample_wanted)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.metrics)
        head.addWidget(self.line, 1)
        head.addWidget(self.naming)
        pairs = QHBoxLayout()
        pairs.setSpacing(24)
        pairs.addWidget(self.best, 1, Qt.AlignmentFlag.AlignTop)
        pairs.addWidget(self.worst, 1, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(pairs)
        column.addWidget(self.table, 1)

    def show_ranking(self, ranking: CaptionRanking) -> None:
        """Show an arm's captions, by the metric that was chosen if it was measured."""
        if ranking == self._ranking:
            return
        self._ranking = ranking
        chosen = self.metrics.currentData()
        self.metrics.clear()
        for metric in ranking.metrics:
            self.metrics.addItem(title_of(metric), metric)
        self.metrics.setCurrentIndex(max(0, self.metrics.findData(chosen)))
        self.naming.show_captions(ranking.captions)
        self._show()

    def _show(self) -> None:
        ranking, metric = self._ranking, self.metrics.currentData()
        if ranking is None or not metric:
            return
        self._rows = ranking.by(metric)
        self.line.setText(
            f"{ranking.arm}, {ranking.split}: {len(self._rows):,} captions, the best first"
        )
        if self._rows:
            self.best.show_pair(self._rows[0], metric)
            self.worst.show_pair(self._rows[-1], metric)
        self.table.name_columns((*HEADINGS[:3], title_of(metric)))
        self.table.show_rows(
            [
                (
                    " ".join(one.written.split()),
                    " ".join((one.references or ("",))[0].split()),
                    one.key,
                    format_score(one.scores[metric]),
                )
                for one in self._rows
            ]
        )

    def _open_row(self, index: QModelIndex) -> None:
        if 0 <= index.row() < len(self._rows):
            self.sample_wanted.emit(self._rows[index.row()].sample_id)
