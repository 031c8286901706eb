"""Captioners that read pictures beside their text: the numbers of transformers' own classes."""

import pytest
import torch
from transformers import AutoModelForImageTextToText, GenerationConfig

from studio.attention import maps
from tests.workers.seeing.family_models import draw_unequal, load_family, write_family_run
from tests.workers.seeing.test_families_train import ALL, open_run
from tests.workers.seeing.tiny_families import CROSSED, write_tiny_family
from tests.workers.training.run_folders import losses_of, of_kind, work_here
from workers.attend import capture_sample
from workers.contract.events import Failed, Finished, PerplexityMeasured
from workers.data.prompts import IGNORED
from workers.maps import beside, reader

IMAGES = 17  # sixteen patches and the class token
WORDS = (7, 9, 11, 13)
START = 2


@pytest.fixture(scope="module", params=CROSSED)
def pair(request, tmp_path_factory):
    """Our model with its image token, and the original one with how it takes ids and pixels."""
    place = write_tiny_family(tmp_path_factory.mktemp(request.param), request.param)
    model, _, sight = load_family(place, prompt__template="beside")
    own = AutoModelForImageTextToText.from_pretrained(place).eval()
    name = "decoder_input_ids" if request.param == "vit-gpt2" else "input_ids"
    return model, own, name, sight.token


def pixels(count=1):
    return torch.randn(count, 3, 56, 56, generator=torch.Generator().manual_seed(3))


def ids_of(token, *rows):
    return torch.tensor([[token] * IMAGES + list(row) for row in rows])


@torch.inference_mode()
def test_the_last_image_token_stands_for_the_start_token(pair):
    model, own, name, token = pair
    ids = ids_of(token, WORDS, WORDS[::-1])
    wanted = own(
        pixel_values=pixels(2),
        **{name: torch.tensor([[START, *WORDS], [START, *WORDS[::-1]]])},
    )
    whole = model(input_ids=ids, pixel_values=pixels(2)).logits
    torch.testing.assert_close(whole, wanted.logits, atol=1e-5, rtol=1e-5)
    features = model.see(pixels(2))
    places = torch.tensor([IMAGES - 1, IMAGES + 1])
    some = model(input_ids=ids, features=features, logits_to_keep=places).logits
    torch.testing.assert_close(some, wanted.logits[:, [0, 2]], atol=1e-5, rtol=1e-5)
    mask = torch.zeros_like(ids, dtype=torch.bool)
    mask[0, IMAGES - 1], mask[1, -1] = True, True
    chosen = model(input_ids=ids, features=features, logits_to_keep=mask).logits
    ends = torch.stack([wanted.logits[0, 0], wanted.logits[1, -1]])
    torch.testing.assert_close(chosen.view_as(ends), ends, atol=1e-5, rtol=1e-5)


@torch.inference_mode()
@pytest.mark.parametrize("beams", [1, 3])
def test_it_writes_what_the_original_writes(pair, beams):
    model, own, name, token = pair
    settings = {"max_new_tokens": 6, "num_beams": beams, "do_sample": False}
    settings |= {"eos_token_id": 1, "pad_token_id": 0}
    found = model.generate(
        input_ids=ids_of(token, ()),
        attention_mask=torch.ones(1, IMAGES),
        pixel_values=pixels(),
        generation_config=GenerationConfig(**settings),
    )
    # BLIP's own generate takes the separator away from its prompt, and names the end itself.
    prompt = [[START, 1]] if name == "input_ids" else [[START]]
    if name == "input_ids":
        settings.pop("eos_token_id")
        settings.pop("pad_token_id")
    wanted = own.generate(pixel_values=pixels(), **{name: torch.tensor(prompt)}, **settings)
    assert found[0, IMAGES:].tolist() == wanted[0, 1:].tolist()
    assert found[0, :IMAGES].tolist() == [token] * IMAGES


TARGETS = {"vit-gpt2": ["c_attn", "q_attn"], "blip": ["query", "value"]}


@pytest.fixture(scope="module", params=CROSSED)
def named(request, tmp_path_factory):
    """A family's name and a tiny model of it."""
    place = tmp_path_factory.mktemp("crossed") / request.param
    return request.param, write_tiny_family(place, request.param, width=64)


def run_of(tmp_path, named, name="run", **changes):
    targets = {"adapter__targets": TARGETS[named[0]], "prompt__template": "beside"}
    return write_family_run(tmp_path, named[1], name=name, **(targets | changes))


def test_only_the_caption_is_learnt_and_batches_change_nothing(tmp_path, named, own_cache):
    opened = open_run(run_of(tmp_path, named, vision__keeps_features=False))
    together = opened.losses(ALL)
    alone = torch.cat([opened.losses([at]) for at in ALL])
    assert torch.allclose(together, alone, atol=1e-5)
    for at in ALL:
        ids, targets = opened.samples.tokens[at], opened.samples.targets[at]
        assert ids[:IMAGES].tolist() == [opened.samples.pictures.sight.token] * IMAGES
        assert (targets[:IMAGES] == IGNORED).all()
        assert targets[IMAGES:].equal(ids[IMAGES:])
        assert ids[-1] == 1
    for beams in (1, 3):
        written = opened.write(ALL, beams=beams)
        assert written == [opened.write([at], beams=beams)[0] for at in ALL]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"vision__tower": "trained", "vision__language": "frozen"},
        {"gradient_checkpointing": True, "vision__language": "trained"},
        {"quantisation__kind": "nf4"},
    ],
    ids=["lora", "tower", "recomputed", "quantised"],
)
def test_a_run_trains_to_its_end(tmp_path, named, own_cache, changes):
    run = run_of(tmp_path, named, **changes)
    assert work_here(run) == 0
    assert of_kind(run, Finished)
    assert losses_of(run)
    assert [one.split for one in of_kind(run, PerplexityMeasured)]


def test_what_the_tower_sees_is_kept_and_changes_no_loss(tmp_path, named, own_cache):
    runs = [
        run_of(tmp_path, named, name, vision__keeps_features=keeps)
        for name, keeps in (("kept", True), ("anew", False))
    ]
    assert [work_here(run) for run in runs] == [0, 0]
    kept, anew = ([float.fromhex(loss) for loss, _ in losses_of(run).values()] for run in runs)
    assert kept == pytest.approx(anew, abs=1e-5)
    assert len(list(own_cache.rglob("*.npy"))) == 8


def test_a_picture_with_words_before_it_is_refused(tmp_path, named, own_cache):
    run = run_of(tmp_path, named, prompt__template="llava")
    assert work_here(run) == 1
    assert "reads pictures beside its text" in of_kind(run, Failed)[0].message


@torch.inference_mode()
def test_a_map_is_the_cross_attention_at_the_deciding_places(pair):
    model, own, name, token = pair
    ids = ids_of(token, WORDS)
    rows = [IMAGES - 1, IMAGES, IMAGES + 2]
    before = model.config._attn_implementation
    shares, logits = beside.read(model, ids[0].tolist(), rows, {"pixel_values": pixels()})
    own.set_attn_implementation("eager")
    given = {name: torch.tensor([[START, *WORDS]])}
    wanted = own(pixel_values=pixels(), output_attentions=True, **given)
    attentions = getattr(wanted, "cross_attentions", None)
    if attentions is None:  # BLIP's whole does not pass its decoder's on
        features = own.vision_model(pixel_values=pixels()).last_hidden_state
        beneath = own.text_decoder(
            input_ids=given[name], encoder_hidden_states=features, output_attentions=True
        )
        attentions = beneath.cross_attentions
    expected = torch.cat(attentions)[:, :, [0, 1, 3]]
    torch.testing.assert_close(shares[..., :IMAGES], expected, atol=1e-5, rtol=1e-5)
    assert shares.shape[-1] == ids.shape[1]
    assert not shares[..., IMAGES:].any()
    torch.testing.assert_close(logits, wanted.logits[0, [0, 1, 3]], atol=1e-5, rtol=1e-5)
    assert model.config._attn_implementation == before


def test_a_run_has_a_map_over_the_picture(tmp_path, named, own_cache):
    samples = draw_unequal(tmp_path)
    run = run_of(tmp_path, named, samples=samples)
    assert work_here(run) == 0
    read = maps.read_map(capture_sample(reader.load_reader(run, "last"), samples[0]))
    assert (read.provenance.geometry.tokens, len(read.provenance.image)) == (IMAGES, IMAGES)
    on_picture = read.tuned[..., list(read.provenance.image)].sum(-1)
    assert on_picture == pytest.approx(1.0, abs=0.02)
    assert not read.has_rollout
