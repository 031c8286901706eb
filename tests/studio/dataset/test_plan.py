"""Sources of every format: what is planned, what is skipped, and what is said about the rest."""

import json
import os
import sys

import pytest
from PIL import Image

from studio.dataset import sources
from studio.dataset.plan import ImportCancelled, plan_import, preview
from studio.dataset.records import BadRow, Dialect, ExistingSamples, Format, Mapping
from studio.errors import StudioError

LABELS = ("dangerous", "safe", "unsure")


@pytest.fixture
def plan(tmp_path):
    plans = []

    def make(path, mapping=None, labels=LABELS, **options):
        detection = sources.detect(path)
        made = plan_import(detection, mapping or detection.mapping, labels, **options)
        plans.append(made)
        return made

    yield make
    for made in plans:
        made.close()


def _problems(plan):
    return [(bad.row, bad.column, bad.reason) for bad in plan.report.problems]


def test_subfolders_are_labels(plan, picture, tmp_path):
    for name in ("dangerous/a.jpg", "safe/a.jpg", "fog/b.png"):
        picture(name)
    made = plan(tmp_path)
    assert made.report.format is Format.FOLDER_LABELS
    found = [(sample.key, sample.label, sample.image.path) for sample in made.samples()]
    assert found == [
        ("a", "dangerous", "dangerous/a.jpg"),
        ("b", "fog", "fog/b.png"),
        ("a-2", "safe", "safe/a.jpg"),
    ]
    assert made.report.new_labels == ("fog",)


def test_split_folders_above_the_labels_are_splits(plan, picture, tmp_path):
    picture("train/safe/a.jpg")
    picture("val/dangerous/b.jpg")
    made = plan(tmp_path)
    assert {(sample.label, sample.split) for sample in made.samples()} == {
        ("safe", "train"),
        ("dangerous", "validation"),
    }


def test_a_folder_that_only_holds_pictures_is_no_label(plan, picture, tmp_path):
    picture("train/images/a.jpg")
    picture("images/safe/b.jpg")
    found = {(one.label, one.split) for one in plan(tmp_path).samples()}
    assert found == {(None, "train"), ("safe", None)}


def test_what_has_no_utf8_is_named_and_the_rest_imported(plan, picture, text_file, tmp_path):
    rows = ['{"text": "half \\ud800 a letter"}', '{"text": "whole", "label": "\\udfff"}']
    table = text_file("rows.jsonl", "\n".join([*rows, '{"text": "sound", "label": "safe"}']))
    made = plan(table)
    assert _problems(made) == [
        (1, "caption", "not valid Unicode"),
        (2, "label", "not valid Unicode"),
    ]
    assert [one.texts for one in made.samples()] == [("sound",)]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_file_name_of_no_text_is_named(plan, picture, tmp_path):
    whole = picture("safe/a.jpg")
    odd = os.fsencode(tmp_path / "safe") + b"/\xff.jpg"
    os.link(whole, odd)
    made = plan(tmp_path)
    assert _problems(made) == [(2, "file name", "not valid Unicode")]
    assert json.dumps(made.report.problems[0].value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("dialect", "texts"),
    [
        (Dialect.CAPTIONS, ("a car, a bus", "two people")),
        (Dialect.PROSE, ("a car, a bus\ntwo people\n",)),
        (Dialect.TAGS, ("a car, a bus\ntwo people\n",)),
    ],
)
def test_sidecars_have_three_dialects(plan, picture, text_file, tmp_path, dialect, texts):
    picture("a.jpg")
    text_file("a.txt", "a car, a bus\ntwo people\n")
    made = plan(tmp_path, Mapping(dialect=dialect))
    assert [sample.texts for sample in made.samples()] == [texts]


def test_the_dialect_is_guessed_and_bad_sidecars_are_named(plan, picture, text_file, tmp_path):
    for name in ("a", "b", "c", "d"):
        picture(f"{name}.jpg")
    text_file("a.txt", "car, night, rain")
    text_file("b.txt", "  \n")
    text_file("c.txt", b"caf\xe9")
    text_file("lonely.txt", "no picture")
    text_file("._a.txt", "junk")
    text_file(".DS_Store", "junk")
    text_file("shortcut.lnk", "junk")
    assert sources.detect(tmp_path).mapping.dialect is not None
    made = plan(tmp_path)
    assert made.report.samples == 1
    assert sorted(bad.reason for bad in made.report.problems) == [
        "caption empty",
        "no .txt beside the picture",
        "no picture of this name beside it",
        "not valid UTF-8 at byte 4",
    ]
    assert made.report.skipped == {"._*": 1, ".DS_Store": 1, ".lnk": 1}


def test_text_only_rows_are_samples(plan, text_file):
    path = text_file("a.csv", "caption,label\nA car.,safe\nA bus.,\nA tram.,dangerous\n")
    made = plan(path)
    found = [(sample.key, sample.texts, sample.label) for sample in made.samples()]
    assert found == [
        ("row-000002", ("A car.",), "safe"),
        ("row-000003", ("A bus.",), None),
        ("row-000004", ("A tram.",), "dangerous"),
    ]


def test_columns_and_label_values_are_mapped(plan, text_file):
    path = text_file("a.csv", "nr;words;verdict\n7;A car.;0\n7;A bus.;1\n8;A tram.;2\n")
    mapping = Mapping(
        text="words", label="verdict", key="nr", label_values={"0": "safe", "1": "dangerous"}
    )
    made = plan(path, mapping)
    found = [(sample.key, sample.label) for sample in made.samples()]
    assert found == [("7", "safe"), ("7-2", "dangerous")]
    assert _problems(made) == [(4, "verdict", "label not known")]
    assert made.report.unknown_labels == {"2": 1}


def test_unknown_labels_can_become_labels(plan, text_file):
    path = text_file("a.csv", "text,label\nA car.,calm\n")
    made = plan(path, Mapping(text="text", label="label", add_labels=True))
    assert made.report.new_labels == ("calm",)


def test_rows_with_problems_are_named_with_row_column_and_reason(plan, picture, text_file):
    picture("images/a.jpg")
    text_file("images/broken.jpg", "no picture")
    rows = [
        ("images/a.jpg", "A car.", "safe", "train"),
        ("images/gone.jpg", "A bus.", "safe", "train"),
        ("../outside.jpg", "A bus.", "safe", "train"),
        ("images/broken.jpg", "A tram.", "safe", "train"),
        ("images/broken.jpg", "", "safe", "train"),
        ("", "Words alone.", "danger ", "train"),
        ("", "Words alone.", "safe", "training camp"),
        ("", "=cmd|' /C calc'!A0", "safe", "dev"),
    ]
    lines = "".join(",".join(row) + "\n" for row in rows)
    made = plan(text_file("a.csv", "file_name,text,label,split\n" + lines))
    assert _problems(made) == [
        (3, "file_name", "image not found"),
        (4, "file_name", "image lies outside the source's folder"),
        (6, "text", "caption empty"),
        (7, "label", "label not known"),
        (8, "split", "split not known"),
    ]
    samples = list(made.samples())
    assert [sample.texts[0] for sample in samples] == ["A car.", "A tram.", "=cmd|' /C calc'!A0"]
    assert samples[1].image.problem == "not an image of a known format"
    assert [bad.row for bad in made.report.image_problems] == [5]
    assert samples[2].split == "validation"


def test_imagefolders_have_splits_and_boxes(plan, picture, text_file, tmp_path):
    picture("train/a.jpg", (200, 100))
    picture("test/b.jpg")
    objects = {"bbox": [[20, 10, 50, 25], [190, 0, 40, 20]], "categories": [3, "bus"]}
    row = {"file_name": "a.jpg", "text": "A car.", "label": "safe", "objects": objects}
    text_file("train/metadata.jsonl", json.dumps(row) + "\n")
    text_file("test/metadata.csv", "file_name,text,label\nb.jpg,A bus.,dangerous\n")
    made = plan(tmp_path)
    assert made.report.format is Format.IMAGEFOLDER
    test, train = sorted(made.samples(), key=lambda sample: sample.split)
    assert (test.split, test.label, test.image.path) == ("test", "dangerous", "test/b.jpg")
    assert (train.split, train.label) == ("train", "safe")
    first, second = train.boxes
    assert first.name == "3"
    sides = (first.x, first.y, first.width, first.height)
    assert sides == pytest.approx((0.1, 0.1, 0.25, 0.25))
    assert second.x + second.width == pytest.approx(1.0)


def test_duplicates_are_skipped_merged_or_held_as_unsure(plan, picture, text_file, tmp_path):
    for name in ("a", "b", "c", "d", "e"):
        picture(f"{name}.png", colour=(10, 20, 30) if name in "ab" else None)
    (tmp_path / "e.png").write_bytes((tmp_path / "d.png").read_bytes())
    rows = [
        ("a.png", "A car.", "safe"),
        ("b.png", "a  CAR.", "safe"),
        ("b.png", "Another view of it.", "safe"),
        ("d.png", "A bus.", "safe"),
        ("e.png", "A bus.", "dangerous"),
        ("c.png", "A tram.", "dangerous"),
    ]
    lines = "".join(",".join(row) + "\n" for row in rows)
    made = plan(text_file("a.csv", "image,text,label\n" + lines))
    report = made.report
    assert (report.samples, report.duplicates, report.added_captions) == (3, 2, 1)
    assert report.contradictions == 1
    assert made.late_labels == {"d": "unsure"}
    assert report.labels == {"safe": 1, "dangerous": 1}
    extra = [sample for sample in made.samples() if sample.of]
    assert [(sample.of, sample.texts) for sample in extra] == [("a", ("Another view of it.",))]


def test_a_label_that_comes_late_is_kept_and_a_second_one_contradicts_it(plan, text_file):
    lines = ["A tram.,", "A bus.,", "A tram.,safe", "A bus.,safe", "A bus.,dangerous", "A bus.,"]
    made = plan(text_file("a.csv", "\n".join(["text,label", *lines]) + "\n"))
    assert made.late_labels == {"row-000002": "safe", "row-000003": "unsure"}
    assert made.report.labels == {"safe": 1}
    assert (made.report.contradictions, made.report.duplicates) == (1, 4)


def test_what_is_in_the_project_is_not_imported_again(plan, picture, tmp_path):
    from studio.dataset.decoding import Decoder

    path = picture("safe/a.jpg")
    other = picture("safe/b.jpg")
    decoder = Decoder()
    hashes = [header.sha256 for header in decoder.headers([path, other])]
    decoder.close()
    existing = ExistingSamples(
        keys=frozenset(["a", "c"]), images={hashes[0]: "safe", hashes[1]: "dangerous"}
    )
    picture("safe/c.jpg")
    made = plan(tmp_path, existing=existing)
    assert [sample.key for sample in made.samples()] == ["c-2"]
    assert made.report.duplicates == 1
    assert [bad.reason for bad in made.report.problems] == ["already in the project as “dangerous”"]


def test_nested_json_is_mapped_by_paths_and_taken_apart(plan, text_file):
    row = {
        "id": "clip_7",
        "meta": {"camera": {"name": "front"}},
        "Pedestrians": {
            "1": {"Intent": ["goes left", "moves towards"], "Description": "One walks."},
            "2": {"Intent": ["stationary"], "Description": "One stands."},
        },
        "Cyclists": {},
    }
    path = text_file("a.jsonl", json.dumps(row) + "\n")
    mapping = Mapping(
        text="Description",
        label="Intent",
        key="id",
        scene="meta.camera.name",
        explode=("Pedestrians", "Cyclists"),
        label_values={"moves towards": "dangerous", "goes left": ""},
    )
    made = plan(path, mapping)
    assert [(one.key, one.texts, one.label, one.scene) for one in made.samples()] == [
        ("clip_7-pedestrians-1", ("One walks.",), "dangerous", "front")
    ]
    assert made.report.unknown_labels == {"stationary": 1}
    names = {column.name for column in sources.detect(path).columns}
    assert {"id", "meta.camera.name", "Pedestrians.1.Description"} <= names


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_odd_names_are_imported_and_nothing_outside_the_folder_is_followed(plan, picture, tmp_path):
    inner = tmp_path / "in"
    outside = picture("outside/secret.jpg")
    names = ["e\u0301.jpg", "\u00e9.jpg", "-rf.jpg", "new\nline.jpg", "a" * 250 + ".jpg", "夜.jpg"]
    for name in names:
        picture(f"in/safe/{name}")
    (inner / "safe" / "loop").symlink_to(inner)
    (inner / "safe" / "link.jpg").symlink_to(outside)
    (inner / "safe" / "broken.jpg").symlink_to(inner / "gone.jpg")
    os.mkfifo(inner / "safe" / "pipe.jpg")
    (inner / "safe" / "folder.jpg").mkdir()
    made = plan(inner)
    assert made.report.samples == len(names)
    assert made.report.problem_count == 0
    assert made.report.skipped == {
        "linked folder": 1,
        "link out of the folder": 1,
        "broken link": 1,
        "not a file": 1,
    }


def test_a_table_cannot_reach_out_through_a_link(plan, picture, text_file, tmp_path):
    outside = picture("outside/secret.jpg")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.jpg").symlink_to(outside)
    made = plan(text_file("in/a.csv", "image,text\nlink.jpg,A car.\n"))
    assert _problems(made) == [(2, "image", "image lies outside the source's folder")]


def test_the_preview_shows_the_first_rows_as_they_would_be_read(text_file):
    path = text_file("a.csv", "text,label\nA car.,safe\n,safe\nA tram.,x\nA bus.,safe\n")
    detection = sources.detect(path)
    first = preview(detection, detection.mapping)
    assert [row.texts if not isinstance(row, BadRow) else row.reason for row in first] == [
        ("A car.",),
        "caption empty",
        ("A tram.",),
    ]


def test_a_cancelled_plan_leaves_no_file(plan, text_file, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    rows = "".join(f"Row {number}.,safe\n" for number in range(500))
    said = []
    with pytest.raises(ImportCancelled):
        plan(
            text_file("a.csv", "text,label\n" + rows),
            progress=said.append,
            cancelled=lambda: len(said) > 2,
        )
    assert said == [64, 128, 192]
    assert not list(tmp_path.glob("traffic-studio-import-*"))


@pytest.mark.parametrize("name", ["gone.csv", "notes.docx", "empty"])
def test_what_is_no_source_is_refused_in_a_sentence(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.docx").write_bytes(b"x")
    with pytest.raises(StudioError) as error:
        sources.detect(tmp_path / name)
    assert error.value.message.endswith(".")
    assert error.value.advice


def test_real_street_pictures_arrive_with_their_captions(plan, shared_data):
    sidecars = plan(shared_data / "derived_coco_traffic" / "taggui_sidecars")
    assert (sidecars.report.samples, sidecars.report.problem_count) == (18, 0)
    folder = shared_data / "derived_coco_traffic" / "hf_imagefolder"
    detection = sources.detect(folder)
    several = plan(folder, Mapping(text="captions", image="file_name"))
    assert "metadata.jsonl" in detection.reason
    assert all(len(sample.texts) == 5 for sample in several.samples())
    for sample in several.samples():
        with Image.open(folder / sample.image.path) as image:
            assert (sample.image.width, sample.image.height) == image.size


def test_real_rows_without_pictures_are_all_named(plan, shared_data):
    made = plan(shared_data / "car_brand_captions" / "metadata_first1500.jsonl")
    assert (made.report.samples, made.report.problem_count) == (0, 1500)
    assert {bad.reason for bad in made.report.problems} == {"image not found"}


def test_real_nested_rows_become_one_sample_a_described_person(plan, shared_data):
    path = next((shared_data / "drama_x" / "DRAMA-X_hf").glob("*.jsonl"))
    mapping = Mapping(
        text="Description",
        label="Intent",
        key="id",
        explode=("Pedestrians", "Cyclists"),
        label_values={
            "moves towards ego vehicle": "dangerous",
            "moves away from ego vehicle": "safe",
        },
    )
    report = plan(path, mapping).report
    assert report.samples > 400
    assert set(report.labels) == {"dangerous", "safe"}
    assert all(bad.reason == "label not known" for bad in report.problems)
