"""The drawn example: the same every time, balanced, varied, and silent about its labels."""

import json
import re
from collections import Counter
from random import Random

import pytest

from resources.example import draw_example, draw_scenes, setting_wordings, wordings
from resources.example.captions import write_caption
from resources.example.scene import (
    IN_OUR_PATH,
    Cyclist,
    Distance,
    Light,
    Pace,
    Pedestrian,
    Road,
    Time,
    Vehicle,
    View,
    Weather,
    label_of,
    random_scene,
)
from studio.document import Document
from studio.project import queries
from studio.runs.importing import import_source

GIVE_AWAY = re.compile(
    r"danger|safe|hazard|risk|careful|caution|threat|peril|emergenc|warn|beware|alert|collision"
    r"|crash|accident|injur|unsure|harm|label",
    re.IGNORECASE,
)


def _captions(count):
    random = Random(5)
    for number in range(count):
        scene = random_scene(random, ("dangerous", "safe")[number % 2])
        yield scene, write_caption(scene, random)


def test_every_value_of_every_fact_has_at_least_six_wordings():
    tables = {
        "road": (setting_wordings.ROAD, Road),
        "weather": (setting_wordings.WEATHER, Weather),
        "time": (setting_wordings.TIME, Time),
        "pedestrian": (wordings.PEDESTRIAN, Pedestrian),
        "cyclist": (wordings.CYCLIST, Cyclist),
        "light": (wordings.LIGHT, Light),
        "view": (setting_wordings.VIEW, View),
        "vehicle": (wordings.VEHICLE, Vehicle),
        "distance": (wordings.LEAD_PLACE, Distance),
    }
    for name, (table, values) in tables.items():
        assert set(table) == set(values), name
        assert all(len(set(texts)) >= 6 for texts in table.values()), name
    assert set(wordings.PACE) == {(view, pace) for view in View for pace in Pace}
    others = [*wordings.PACE.values(), *wordings.WHO.values(), *wordings.LEAD_STATE.values()]
    others += [wordings.RIDER, wordings.ONCOMING, wordings.PARKED, wordings.NO_LEAD]
    assert all(len(set(texts)) >= 6 for texts in others)


def test_captions_differ_are_short_and_never_judge():
    captions = [caption for _, caption in _captions(2000)]
    assert len(set(captions)) > 1990
    words = [len(caption.split()) for caption in captions]
    assert 16 <= sum(words) / len(words) <= 22
    assert not [caption for caption in captions if GIVE_AWAY.search(caption)]
    assert not [caption for caption in captions if "{" in caption or "  " in caption]


def test_the_caption_always_tells_what_the_label_rests_on():
    for scene, caption in _captions(400):
        lower = caption.lower()
        if scene.pedestrian in IN_OUR_PATH:
            told = [text.split("}")[1] for text in wordings.PEDESTRIAN[scene.pedestrian]]
        elif scene.cyclist is Cyclist.WEAVING:
            told = [text.split("}")[1] for text in wordings.CYCLIST[scene.cyclist]]
        else:
            continue
        assert any(text in lower for text in told), caption


def test_a_lead_vehicle_is_never_close_and_the_label_follows_the_rule():
    scenes = list(draw_scenes(40, seed=3))
    assert Counter(drawn.label for drawn in scenes) == {"dangerous": 20, "safe": 20}
    assert all(label_of(drawn.scene) == drawn.label for drawn in scenes)
    assert all(drawn.image.size == (640, 480) for drawn in scenes)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    said = []
    truth = draw_example(folder, count=60, progress=lambda done, total: said.append((done, total)))
    return folder, truth, said


def test_the_same_seed_draws_the_same_files(drawn, tmp_path):
    folder, truth, said = drawn
    again = draw_example(tmp_path, count=60)
    for path in sorted(folder.rglob("*.*")):
        assert (tmp_path / path.relative_to(folder)).read_bytes() == path.read_bytes()
    assert again.planted == truth.planted
    assert said[-1] == (60, 60)


def test_another_seed_draws_other_scenes():
    first, second = (next(iter(draw_scenes(1, seed))) for seed in (0, 1))
    assert first.caption != second.caption
    assert first.image.tobytes() != second.image.tobytes()


def test_wrong_labels_are_planted_and_known(drawn):
    folder, truth, _ = drawn
    assert len(truth.planted) == round(0.08 * 60)
    lines = (folder / "images" / "metadata.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert all(set(row) == {"file_name", "text", "label", "objects"} for row in rows)
    given = {row["file_name"].removesuffix(".jpg"): row["label"] for row in rows}
    wrong = {key for key in given if given[key] != truth.labels[key]}
    assert wrong == set(truth.planted)
    kept = json.loads((folder / "truth.json").read_text())
    assert kept["planted"] == list(truth.planted)
    share = Counter(given.values())["dangerous"] / 60
    assert 0.42 <= share <= 0.58


def test_people_and_lights_are_large_enough_to_be_seen():
    for drawn in draw_scenes(60, seed=2):
        for box in drawn.boxes:
            left, top, width, height = box.box
            assert 0 <= left <= 1
            assert 0 <= top <= 1
            assert left + width <= 1.00002
            assert top + height <= 1.00002
            if box.name in ("pedestrian", "cyclist", "light"):
                assert height * 480 >= 36, (drawn.key, box)
        names = {box.name for box in drawn.boxes}
        assert ("pedestrian" in names) == (drawn.scene.pedestrian is not Pedestrian.NONE)


def test_our_own_importer_reads_the_example(drawn, tmp_path):
    folder, _, _ = drawn
    document = Document.create(tmp_path / "p.studio")
    report = import_source(document, folder / "images")
    assert (report.samples, report.problem_count, report.skipped) == (60, 0, {})
    assert document.query(queries.count, "") == 60
    document.close()
