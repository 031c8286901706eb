"""Maps of a captioner: what was read of the picture for each word, equal to eager attention."""

import uuid

import pytest
import torch

from tests.workers import captured_maps
from tests.workers.language.tiny_language_models import write_tiny_language_model
from tests.workers.moved_weights import save_moved
from tests.workers.seeing.captioner_runs import write_captioner_run
from tests.workers.seeing.tiny_eyes import draw_samples
from tests.workers.training.run_folders import of_kind, work_here
from workers.contract import folder
from workers.contract.events import Failed, MapCaptured, Said
from workers.contract.geometry import Geometry
from workers.contract.job import AttentionJob
from workers.contract.snapshot import write_snapshot
from workers.maps import answers, reader
from workers.models import seeing
from workers.models.captioner import whole_image_mask
from workers.models.sight import open_picture

IMAGES = 16


@pytest.fixture
def peaked(tmp_path):
    """A decoder with grouped heads whose attention is peaked: a mistake is seen."""
    from safetensors.torch import load_file, save_file

    place = write_tiny_language_model(tmp_path / "peaked", "llama")
    weights = load_file(place / "model.safetensors")
    for name in weights:
        if "q_proj" in name or "k_proj" in name:
            weights[name] *= 30
    save_file(weights, place / "model.safetensors", metadata={"format": "pt"})
    return place


def make_run(place, tower, decoder, samples, **changes):
    """A run as training leaves it, its trained weights moved by a seeded noise."""
    run = write_captioner_run(place, tower, decoder, samples, **changes)
    job = folder.load_job(run)
    model, _ = seeing.load_writer(job, device="cpu")
    save_moved(run, model, job.options, 0.05)
    return run


def capture(place, run, samples):
    job = place / "project.runs" / f"job-{uuid.uuid4().hex[:6]}"
    job.mkdir()
    digest = write_snapshot(job, samples)
    folder.write_job(
        job, AttentionJob(token="maps", parent=f"../{run.name}", snapshot_sha256=digest)
    )
    return job, work_here(job, "attend")


def read_map(job, sample_id):
    return captured_maps.read_map(job / folder.MAPS / f"{sample_id}.safetensors")


def eager(model, written):
    """Attention of the places that write the caption, by the textbook path.

    That path adds its mask to the scores, so it gets a mask of numbers.
    """
    inner = model.get_base_model()
    ids = torch.tensor([written.ids])
    is_image = ids == inner.config.image_token_id
    mask = None
    if inner.sees_whole:
        mask = torch.zeros(1, 1, ids.shape[1], ids.shape[1])
        mask.masked_fill_(~whole_image_mask(is_image, None), torch.finfo(torch.float32).min)
    inner.language_model.set_attn_implementation("eager")
    with torch.no_grad():
        embeddings = inner.get_input_embeddings()(ids.masked_fill(is_image, 0))
        embeddings[is_image] = inner.projector(written.inputs["features"])[0]
        output = inner.language_model(
            inputs_embeds=embeddings, attention_mask=mask, output_attentions=True, use_cache=False
        )
    inner.language_model.set_attn_implementation("sdpa")
    return torch.cat(output.attentions)[:, :, [row - 1 for row in written.rows]]


@pytest.mark.parametrize("sees_whole", [True, False])
def test_rows_of_the_caption_equal_those_of_eager_attention(
    tmp_path, tower, peaked, own_cache, sees_whole
):
    samples = draw_samples(tmp_path)
    run = make_run(tmp_path, tower, peaked, samples, vision__sees_whole=sees_whole)
    job, code = capture(tmp_path, run, samples[-2:])
    assert code == 0, of_kind(job, Failed)
    assert [one.sample_id for one in of_kind(job, MapCaptured)] == [14, 15]
    found = reader.load_reader(run, "best")
    for sample in samples[-2:]:
        arrays, provenance = read_map(job, sample.id)
        written = answers.write(found, sample)
        tuned = eager(found.model, written)
        with found.model.disable_adapter():
            base = eager(found.model, written)
        assert arrays["tuned"].shape == tuned.shape == (2, 4, len(written.rows), len(written.ids))
        assert (arrays["tuned"].float() - tuned).abs().max() <= 5e-4
        assert (arrays["base"].float() - base).abs().max() <= 5e-4
        assert tuned.max(dim=-1).values.mean() > 0.4  # peaked: a wrong scale would be seen
        assert (tuned - base).abs().max() > 5e-3
        assert found.tokenizer.convert_tokens_to_ids(provenance["tokens"]) == written.ids


def test_provenance_says_where_each_image_token_lies(tmp_path, tower, decoder, own_cache):
    samples = draw_samples(tmp_path)
    run = make_run(tmp_path, tower, decoder, samples)
    job, _ = capture(tmp_path, run, samples[:1])
    _, provenance = read_map(job, 0)
    geometry = Geometry.model_validate(provenance["geometry"])
    assert (geometry.family, geometry.width, geometry.height) == ("composed", 60, 40)
    assert (
        provenance["image"]
        == list(range(IMAGES))
        == geometry.grids[0].tokens()[0] + list(range(4, IMAGES))
    )
    assert all(provenance["special"][place] for place in provenance["image"])
    assert provenance["image_sha256"] == samples[0].image_sha256
    first, last = provenance["spans"][IMAGES], provenance["spans"][-1]
    assert first[0] == 0
    assert provenance["text"][: last[1]].count("<image>") == 0
    words = [provenance["text"][start:end].strip() for start, end in provenance["spans"][17:-1]]
    assert words == ["the", "van", "w0", "stops"]


def test_the_untrained_projector_speaks_for_the_base(tmp_path, tower, decoder, own_cache):
    samples = draw_samples(tmp_path)
    run = make_run(tmp_path, tower, decoder, samples)
    found = reader.load_reader(run, "best")
    written = answers.write(found, samples[0])
    untouched, _ = seeing.load_writer(found.job, device="cpu")
    expected = answers.look(untouched.eval(), written.ids, written.rows, written.inputs)
    with reader.base_model(found) as model:
        base = answers.look(model, written.ids, written.rows, written.inputs)
    assert base.probabilities == pytest.approx(expected.probabilities, abs=1e-6)
    tuned = answers.look(found.model, written.ids, written.rows, written.inputs)
    assert tuned.probabilities != pytest.approx(base.probabilities, abs=1e-4)


def test_a_tower_that_trained_leaves_no_maps_of_its_own(tmp_path, tower, decoder, own_cache):
    samples = draw_samples(tmp_path)
    run = make_run(
        tmp_path,
        tower,
        decoder,
        samples,
        vision__tower="lora",
        adapter__targets=["q_proj", "query"],
    )
    job, code = capture(tmp_path, run, samples[:1])
    assert code == 0, of_kind(job, Failed)
    arrays, _ = read_map(job, 0)
    assert arrays["tuned"].shape[:2] == (2, 4)


def test_pictures_that_cannot_be_read_are_left_out_and_named(tmp_path, tower, decoder, own_cache):
    samples = draw_samples(tmp_path)
    run = make_run(tmp_path, tower, decoder, samples)
    (tmp_path / samples[3].image).unlink()
    blind = samples[0].model_copy(update={"id": 99, "key": "blind", "image": ""})
    job, code = capture(tmp_path, run, [samples[3], blind, samples[4]])
    assert code == 0
    assert [one.sample_id for one in of_kind(job, MapCaptured)] == [4]
    said = " ".join(one.message for one in of_kind(job, Said))
    assert "sample-3" in said
    assert "blind has no picture" in said
    job, code = capture(tmp_path, run, [blind])
    assert code == 1
    assert "blind has no picture" in of_kind(job, Failed)[0].message


def test_the_towers_class_token_is_captured_like_eager_attention(
    tmp_path, tower, decoder, own_cache
):
    from transformers import Dinov2Model

    samples = draw_samples(tmp_path)
    run = make_run(tmp_path, tower, decoder, samples)
    job, _ = capture(tmp_path, run, samples[:1])
    arrays, _ = read_map(job, 0)
    found = reader.load_reader(run, "best")
    plain = Dinov2Model.from_pretrained(tower, attn_implementation="eager").eval()
    pixels = found.eye.sight.pixels(open_picture(tmp_path / samples[0].image))["pixel_values"]
    with torch.no_grad():
        maps = plain(pixel_values=pixels, output_attentions=True).attentions
    expected = torch.cat(maps)[:, :, :1, 1:]
    assert arrays["tower"].shape == expected.shape == (2, 4, 1, IMAGES)
    assert (arrays["tower"].float() - expected).abs().max() <= 5e-4
