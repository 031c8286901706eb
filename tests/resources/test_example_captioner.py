"""The example's captioner: its words, its training, and where its shipped weights look."""

from collections import Counter
from random import Random

import numpy as np
import pytest

from resources.example import draw_scenes
from resources.example.captions import write_caption
from resources.example.scene import Cyclist, Light, Pedestrian, random_scene
from resources.example_captioner import looking, pool, words
from resources.example_captioner.choose import choose_head, tell_scenes
from resources.example_captioner.plain import write_plain_caption
from studio.attention import pointing
from studio.attention.look import Look
from studio.attention.reduce import Over, Reduction
from workers.contract.catalogue import weights_folder
from workers.contract.pointing_head import pointing_head

NAME = "example-captioner"
FRESH = 3003  # a seed of scenes that neither training nor choosing has drawn
VEHICLES, PEOPLE = ("car", "truck", "bus"), ("pedestrian", "child", "cyclist")


@pytest.fixture(scope="module")
def captioner():
    folder = weights_folder(NAME)
    assert folder is not None
    return looking.load_captioner(folder)


@pytest.fixture(scope="module")
def tokenizer():
    return words.make_tokenizer()


@pytest.fixture(scope="module")
def readings(captioner):
    return looking.read_scenes(captioner, tell_scenes(40, FRESH, plain=True))


def test_every_caption_is_written_in_known_words_and_read_back_letter_by_letter(tokenizer):
    random = Random(11)
    for number in range(1000):
        scene = random_scene(random, ("dangerous", "safe")[number % 2])
        for caption in (write_caption(scene, random), write_plain_caption(scene)):
            ids = tokenizer(caption, add_special_tokens=False)["input_ids"]
            assert tokenizer.unk_token_id not in ids, caption
            assert tokenizer.decode(ids) == caption


def test_a_plain_caption_names_whatever_is_there():
    random = Random(12)
    for number in range(200):
        scene = random_scene(random, ("dangerous", "safe")[number % 2])
        caption = write_plain_caption(scene).lower()
        people = "a child" if scene.child else "a pedestrian"
        assert (people in caption) == (scene.pedestrian is not Pedestrian.NONE)
        assert ("a cyclist" in caption) == (scene.cyclist is not Cyclist.NONE)
        assert ("light is showing" in caption) == (scene.light is not Light.NONE)
        if scene.lead:
            assert f"a {scene.lead.paint} {scene.lead.vehicle} " in caption
        if scene.oncoming:
            assert f"a {scene.oncoming} comes the other way" in caption


def test_training_scenes_are_numbered_have_many_cyclists_and_are_not_the_examples():
    drawn = [pool.draw_training_scene(number) for number in (3, 4)]
    again = pool.draw_training_scene(3)
    assert again.image.tobytes() == drawn[0].image.tobytes()
    assert again.captions == drawn[0].captions
    told = [pool.tell_training_scene(number, Random(f"a {number}"))[0] for number in range(300)]
    kinds = Counter(scene.cyclist is not Cyclist.NONE for scene in told)
    assert 0.4 < kinds[True] / 300 < 0.7
    example = {caption for one in drawn for caption in one.captions[1:]}
    assert not example & {one.caption for one in draw_scenes(20, seed=0)}


def test_a_patch_shows_what_its_part_of_the_picture_has():
    drawn = next(
        one
        for one in map(pool.draw_training_scene, range(40))
        if one.scene.light is not Light.NONE and one.scene.lead
    )
    shown = pool.shown_in(drawn.scene, drawn.boxes)
    light = next(box.box for box in drawn.boxes if box.name == "light")
    side = pool.SIDE
    row, column = int((light[1] + light[3] / 2) * side), int((light[0] + light[2] / 2) * side)
    kinds = {pool.KINDS[place] for place in np.flatnonzero(shown[row * side + column])}
    assert {"light", drawn.scene.light} <= kinds
    assert shown[:, pool.KINDS.index(f"{drawn.scene.lead.paint} vehicle")].any()
    assert not shown[0].any()  # the sky


def test_the_training_writes_a_folder_that_the_program_loads(tmp_path):
    from resources.example_captioner.train import train

    pool.draw_pool(tmp_path / "pool", 8, 1)
    drawn = pool.read_pool(tmp_path / "pool")
    for name in ("first", "second"):
        train(drawn, tmp_path / name, seed=3, tower_steps=1, steps=2)
    first, second = (tmp_path / name / "last" for name in ("first", "second"))
    weights = (first / "model.safetensors").read_bytes()
    assert weights == (second / "model.safetensors").read_bytes()
    assert 2e6 < len(weights) < 4e6
    loaded = looking.load_captioner(first)
    assert loaded.sight.lay_out(640, 480).tokens == pool.PATCHES


def test_the_shipped_weights_caption_fresh_scenes(captioner):
    named, there, written = Counter(), Counter(), Counter()
    for drawn in draw_scenes(16, FRESH):
        told = looking.describe(captioner, drawn.image).lower()
        wanted = write_plain_caption(drawn.scene).lower()
        for name in (*VEHICLES, *PEOPLE, "cars"):
            in_both = f" {name} " in told and f" {name} " in wanted
            named[name] += in_both
            there[name] += f" {name} " in wanted
            written[name] += f" {name} " in told
        assert told.endswith(".")
    assert named.total() / there.total() >= 0.7, "of what is there, so much is named"
    assert named.total() / written.total() >= 0.7, "of what is named, so much is there"


def test_the_shipped_weights_point_at_what_fresh_scenes_show(readings):
    head = pointing_head(NAME)
    assert head is not None
    look = Look(reduction=Reduction(Over.LAYER, head.layer, head.head))
    measured = looking.measure(readings, look)
    every = pointing.tallies(measured)[0]
    vehicles = pointing.tally("", [one.at for one in measured if one.name in VEHICLES])
    assert every.words > 100
    assert every.ratio >= 3
    assert vehicles.ratio >= 5
    assert vehicles.hits / vehicles.words >= 5 * vehicles.hit_chance


def test_the_head_is_chosen_among_all_layers_and_heads(readings):
    found = choose_head(readings)
    assert found.scenes == 40
    assert 0 <= found.layer < readings[0].found.layers
    assert found.share > 3 * found.chance
