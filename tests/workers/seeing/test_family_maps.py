"""Maps of every vision-language family: rows of the answer equal eager attention, tokens have
places.
"""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.attention import hiding, maps, patches, words
from studio.attention.look import Look
from studio.attention.reduce import Over, Reduction
from tests.workers.captured_maps import textbook_rollout
from tests.workers.seeing.family_models import draw_unequal, write_family_run
from tests.workers.seeing.tiny_families import FAMILIES, write_tiny_family
from tests.workers.training.run_folders import work_here
from workers.attend import capture_sample
from workers.contract.hiding import MapCheck
from workers.maps import answers, reader
from workers.maps.hiding import check_sample
from workers.models.sight import with_token_types


@pytest.fixture(scope="module", params=[(name, frozen) for name in FAMILIES for frozen in (0, 1)])
def trained(request, tmp_path_factory):
    """A run of each family, with pixels to the model and with what frozen parts saw."""
    name, frozen = request.param
    base = tmp_path_factory.mktemp("maps")
    place = sharpened(write_tiny_family(base / name, name))
    samples = draw_unequal(base)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TRAFFIC_STUDIO_MODELS", str(base / "cache" / "models"))
        part = "frozen" if frozen else "trained"
        run = write_family_run(base, place, samples, vision__projector=part)
        assert work_here(run) == 0
        yield reader.load_reader(run, "last"), samples


def sharpened(place):
    """Peaked attention of the language model: of an even one, a mistake would not be seen."""
    weights = load_file(place / "model.safetensors")
    for name in weights:
        if "vis" not in name and ("q_proj.weight" in name or "k_proj.weight" in name):
            weights[name] = weights[name] * 30
    save_file(weights, place / "model.safetensors", metadata={"format": "pt"})
    return place


def eager(found, written):
    """All attention of the language model by the textbook path, and rollouts, at the deciding
    places.
    """
    inner = found.model.get_base_model()
    inner.set_attn_implementation("eager")
    inputs = {"input_ids": torch.tensor([written.ids]), **written.inputs}
    with torch.no_grad():
        output = inner(**with_token_types(inner, inputs), output_attentions=True, use_cache=False)
    inner.set_attn_implementation("sdpa")
    deciding = [row - 1 for row in written.rows]
    rolled = textbook_rollout(output.attentions)[deciding]
    return torch.cat(output.attentions)[:, :, deciding], rolled


def test_rows_of_the_answer_equal_those_of_eager_attention(trained):
    found, samples = trained
    for sample in samples[:4]:  # of four shapes
        written = answers.write(found, sample)
        seen = answers.look(found.model, written.ids, written.rows, written.inputs)
        expected, rolled = eager(found, written)
        assert seen.attention.shape == expected.shape == (2, 4, len(written.rows), len(written.ids))
        assert (seen.attention.float() - expected).abs().max() <= 5e-4
        assert (seen.rollout - rolled).abs().max() <= 2e-5
        assert expected.max(dim=-1).values.mean() > 0.3  # a wrong scale would be seen


def test_each_image_token_of_a_map_has_its_place_and_the_map_is_read(trained):
    found, samples = trained
    for sample in samples[:4]:
        read = maps.read_map(capture_sample(found, sample))
        written = answers.write(found, sample)
        expected, rolled = eager(found, written)
        assert np.abs(read.tuned - expected.numpy()).max() <= 5e-4  # through the file's bytes
        assert np.abs(read.tuned_rollout - rolled.numpy()).max() <= 5e-4
        assert read.base_rollout.sum(axis=-1) == pytest.approx(1, abs=0.02)
        geometry = read.provenance.geometry
        assert geometry.tokens == len(read.provenance.image) > 0
        assert (geometry.width, geometry.height) == (sample.image_width, sample.image_height)
        row = read.tuned.mean((0, 1))[0][list(read.provenance.image)]
        painted = patches.heat(row, geometry, 40, 30)
        assert painted.min() >= 0
        assert painted.max() > 0


def test_an_edited_picture_takes_the_way_of_every_picture(trained):
    """With nothing hidden words are as likely as in the map, with all hidden they are not."""
    found, samples = trained
    for sample in (samples[0], samples[3]):  # a square one, and one of several tiles
        read = maps.read_map(capture_sample(found, sample))
        read_words = words.words_of(read.provenance)
        looks = hiding.looks_at_content(read_words, Look(reduction=Reduction(Over.MEAN)))
        planned = hiding.plan_sample(read, read_words, looks[-1:])
        check = MapCheck(plan_sha256="", look="", steps=hiding.STEPS, orders=1)
        written = answers.write(found, sample)
        (checked,) = check_sample(
            found.model, found.eye.sight, written, planned, check, lambda _: True
        )
        likely = np.prod([read.provenance.tuned_token_probabilities[row] for row in checked.rows])
        assert checked.deletion[0] == pytest.approx(likely, rel=1e-3)
        assert checked.deletion[-1] == checked.insertion[0] != checked.deletion[0]
