"""Deletion and insertion: what is hidden is hidden, and a map that was right beats chance."""

import hashlib
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from studio.attention import hiding as planning
from studio.attention import maps, picture_look, words
from studio.attention.look import Look
from studio.attention.reduce import Over, Reduction
from tests.workers.seeing.family_models import draw_unequal, family_job, load_family
from tests.workers.seeing.test_captioner_maps import make_run
from tests.workers.seeing.tiny_eyes import draw_samples
from tests.workers.seeing.tiny_families import CROSSED, write_tiny_family
from tests.workers.training.run_folders import of_kind, work_here
from workers.attend import capture_sample
from workers.contract import folder
from workers.contract.events import Failed, MapChecked, Progressed, Said
from workers.contract.hiding import (
    PLAN,
    UNSEEN,
    HiddenSample,
    HiddenWord,
    MapCheck,
    into_steps,
    plan_bytes,
)
from workers.contract.job import AttentionJob
from workers.contract.snapshot import write_snapshot
from workers.maps import answers, hiding, reader
from workers.maps.seen import Eye
from workers.models.likelihood import logits_at

MEAN = Reduction(Over.MEAN)
BRIGHT = 6  # the patch of the 4 × 4 that is white


@pytest.fixture(scope="module")
def found(tmp_path_factory, tower, decoder):
    """A captioner's reader, its project's folder, and samples whose pictures have a white patch."""
    place = tmp_path_factory.mktemp("hiding")
    samples = [lit(place, sample) for sample in draw_samples(place, 3)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TRAFFIC_STUDIO_MODELS", str(place / "cache" / "models"))
        run = make_run(place, tower, decoder, samples)
        yield SimpleNamespace(
            reader=reader.load_reader(run, "best"), place=place, run=run, samples=samples
        )


def lit(place, sample):
    picture = Image.new("RGB", (60, 40), "black")
    down, across = divmod(BRIGHT, 4)
    ImageDraw.Draw(picture).rectangle(
        (15 * across, 10 * down, 15 * across + 14, 10 * down + 9), fill="white"
    )
    picture.save(place / sample.image)
    digest = hashlib.sha256((place / sample.image).read_bytes()).hexdigest()
    return sample.model_copy(update={"image_sha256": digest})


def check_of(plan, **changes):
    values = {"steps": planning.STEPS, "look": "tuned, all layers, all heads"}
    digest = hashlib.sha256(plan_bytes(plan)).hexdigest()
    return MapCheck(plan_sha256=digest, **(values | changes))


def plan_of(found, sample):
    """The plan of a captured map, for two of its words."""
    read = maps.read_map(capture_sample(found.reader, sample))
    read_words = words.words_of(read.provenance)
    looks = planning.looks_at_content(read_words, Look(reduction=MEAN))
    return read, planning.plan_sample(read, read_words, looks[:2])


def with_order(planned, order):
    """The same plan, for one word whose map is read in this order."""
    word = HiddenWord(text="van", rows=(1,), steps=into_steps(order, [1.0] * 16, planning.STEPS))
    return planned.model_copy(update={"words": (word,)})


class LooksAtOnePatch(torch.nn.Module):
    """Finds each token as likely as the white patch is bright."""

    def __init__(self, vocabulary):
        super().__init__()
        self.vocabulary = vocabulary
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, input_ids, pixel_values, use_cache=False):
        down, across = divmod(BRIGHT, 4)
        patch = pixel_values[:, :, 7 * down : 7 * down + 7, 7 * across : 7 * across + 7]
        bright = patch.mean((1, 2, 3)) / 2 + 0.5  # the processor gives -1 to 1
        share = bright.clamp(0.01, 0.99)[:, None, None]
        following = torch.nn.functional.one_hot(input_ids.roll(-1, 1), self.vocabulary)
        rest = (1 - share) / (self.vocabulary - 1)
        return SimpleNamespace(logits=torch.log(following * (share - rest) + rest))


def test_a_map_of_what_matters_falls_at_once_and_another_does_not(found):
    written = answers.write(found.reader, found.samples[0])
    model = LooksAtOnePatch(len(found.reader.tokenizer))
    _, planned = plan_of(found, found.samples[0])
    verdicts = []
    others = [at for at in range(16) if at != BRIGHT]
    for order in ([BRIGHT, *others], [*others, BRIGHT]):
        plan = with_order(planned, order)
        (checked,) = hiding.check_sample(
            model, found.reader.eye.sight, written, plan, check_of([plan]), lambda _: True
        )
        assert checked.deletion[0] > 0.95
        assert checked.insertion[-1] == checked.deletion[0]
        assert checked.deletion[-1] == checked.insertion[0] < 0.5
        verdicts.append((planning.judge(checked), checked))
    (right, curves), (wrong, _) = verdicts
    assert curves.deletion[1] < 0.5
    assert curves.insertion[1] > 0.5
    assert right.deletion < right.chance < right.insertion
    assert right.beaten >= 4 > wrong.beaten == 0  # an order of five may hide that patch first too
    assert wrong.chance == pytest.approx(right.chance)  # the same random orders
    assert wrong.deletion > right.deletion + 0.1


def test_with_nothing_hidden_a_word_is_as_likely_as_in_the_map(found):
    sample = found.samples[1]
    read, planned = plan_of(found, sample)
    written = answers.write(found.reader, sample)
    done = []
    checked = hiding.check_sample(
        found.reader.model,
        found.reader.eye.sight,
        written,
        planned,
        check_of([planned]),
        lambda count: done.append(count) or True,
    )
    assert [one.text for one in checked] == ["van", "w1"]
    assert sum(done) == hiding.count_passes(planned, check_of([planned]))
    for one in checked:
        likely = np.prod([read.provenance.tuned_token_probabilities[row] for row in one.rows])
        assert one.deletion[0] == pytest.approx(likely, rel=1e-4)
        assert len(one.deletion) == len(one.insertion) == planning.STEPS + 1
        assert [len(curve) for curve in one.chance] == [planning.STEPS + 1] * 5


def test_a_check_that_is_told_to_stop_says_nothing(found):
    _, planned = plan_of(found, found.samples[0])
    written = answers.write(found.reader, found.samples[0])
    sight = found.reader.eye.sight
    model, check = found.reader.model, check_of([planned])
    assert hiding.check_sample(model, sight, written, planned, check, lambda _: False) is None


def test_the_plan_hides_what_was_read_most_first(found):
    read, planned = plan_of(found, found.samples[0])
    read_words = words.words_of(read.provenance)
    look = planning.looks_at_content(read_words, Look(reduction=MEAN))[0]
    row = picture_look.read_picture(read, read_words, look).row
    steps = np.array(planned.words[0].steps)
    assert (np.bincount(steps) == 2).all()
    assert steps[row.argmax()] == 0
    assert steps[row.argmin()] == planning.STEPS - 1
    assert planned.across == pytest.approx((0, 0.25, 0.5, 0.75, 1))
    assert planned.map_sha256 == read.digest


def test_places_go_into_steps_of_equal_area():
    assert into_steps([2, 0, 1], [1.0, 1.0, 2.0], 2) == (1, 1, 0)
    assert into_steps([1], [1.0, 1.0], 4) == (UNSEEN, 2)


def test_a_worker_checks_maps_and_names_what_it_leaves_out(found):
    plan = [plan_of(found, sample)[1] for sample in found.samples[:2]]
    plan.append(plan[0].model_copy(update={"sample_id": 77}))
    job = found.place / "project.runs" / "check"
    job.mkdir()
    digest = write_snapshot(job, found.samples)
    (job / PLAN).write_bytes(plan_bytes(plan))
    check = check_of(plan, orders=2, of_base=True)
    wish = AttentionJob(
        token="check", parent=f"../{found.run.name}", snapshot_sha256=digest, check=check
    )
    folder.write_job(job, wish)
    assert work_here(job, "attend") == 0, of_kind(job, Failed)
    said = of_kind(job, MapChecked)
    assert [one.sample_id for one in said] == [0, 1]
    assert said[0].look == check.look
    assert len(said[0].words[0].chance) == 2
    progress = of_kind(job, Progressed)[-1]
    assert (progress.stage, progress.done) == ("Hiding patches", progress.total)
    assert any("Sample 77: it is not in the snapshot" in one.message for one in of_kind(job, Said))
    base = maps.read_map(capture_sample(found.reader, found.samples[0])).provenance
    likely = np.prod([base.base_token_probabilities[row] for row in said[0].words[0].rows])
    assert said[0].words[0].deletion[0] == pytest.approx(likely, rel=1e-4)
    (job / PLAN).write_bytes(plan_bytes(plan[:1]))
    assert work_here(job, "attend") == 1
    assert "not the one that was frozen" in of_kind(job, Failed)[-1].message


@pytest.mark.parametrize("name", CROSSED)
def test_a_model_that_reads_pictures_beside_its_text_is_checked_too(tmp_path, name):
    place = write_tiny_family(tmp_path / name, name)
    sample = draw_unequal(tmp_path)[0]
    model, tokenizer, sight = load_family(place, prompt__template="beside")
    job = family_job(place, prompt__template="beside")
    eye = Eye(sight, tmp_path)
    written = answers.write(reader.Reader(model, tokenizer, job, 0, "", eye), sample)
    grid = written.seen.geometry.grids[0]
    edges = [np.linspace(0, 1, count + 1) for count in (grid.columns, grid.rows)]
    steps = into_steps(range(16), [1.0] * 16, 4)
    planned = HiddenSample(
        sample_id=sample.id,
        map_sha256="",
        across=tuple(edges[0]),
        down=tuple(edges[1]),
        words=(HiddenWord(text="van", rows=(1,), steps=steps),),
    )
    check = MapCheck(plan_sha256="", look="", steps=4, orders=2)
    (checked,) = hiding.check_sample(model, sight, written, planned, check, lambda _: True)
    keep = torch.zeros(1, len(written.ids), dtype=torch.bool)
    keep[0, written.rows[1] - 1] = True
    inputs = {"input_ids": torch.tensor([written.ids]), **written.inputs}
    with torch.inference_mode():
        likely = logits_at(model, inputs, keep).softmax(-1)[0, written.ids[written.rows[1]]]
    assert checked.deletion[0] == pytest.approx(float(likely), rel=1e-4)
    assert checked.deletion[-1] != checked.deletion[0]
