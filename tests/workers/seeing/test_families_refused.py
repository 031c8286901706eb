"""What does not fit is told as a sentence: family, processor, tokenizer, weights, window."""

import json
import shutil

import pytest

from tests.workers.language.tiny_language_models import write_tiny_language_model, write_tokenizer
from tests.workers.seeing.family_models import draw_unequal, family_job, write_family_run
from tests.workers.seeing.tiny_families import FAMILIES, processor_of, write_tiny_family
from tests.workers.training.run_folders import of_kind, work_here
from workers.contract.events import Failed, Reason
from workers.models import loading, seeing
from workers.models.trouble import Trouble


@pytest.fixture
def llava(tmp_path):
    return write_tiny_family(tmp_path / "llava", "llava", 1)


def why_failed(run):
    assert work_here(run) == 1
    return of_kind(run, Failed)[0]


def test_a_processor_that_is_missing_is_named(tmp_path, llava):
    (llava / "preprocessor_config.json").unlink()
    failed = why_failed(write_family_run(tmp_path, llava))
    assert failed.reason == Reason.MODEL_NOT_SUPPORTED
    assert "llava has no preprocessor_config.json" in failed.message


@pytest.mark.parametrize("name", FAMILIES)
def test_a_processor_that_does_not_fit_the_tower_is_told(tmp_path, name):
    place = write_tiny_family(tmp_path / "model", name, 1)
    settings = processor_of(name)
    if name.startswith("qwen"):
        settings["patch_size"] = 7
    else:
        # InternVL's tower takes any size, and what it makes of it is counted rightly.
        settings |= {"size": {"height": 70, "width": 70}, "crop_size": {"height": 70, "width": 70}}
    if name == "internvl":
        config = json.loads((place / "config.json").read_text())
        config["vision_feature_select_strategy"] = "full"
        (place / "config.json").write_text(json.dumps(config))
    (place / "preprocessor_config.json").write_text(json.dumps(settings))
    failed = why_failed(write_family_run(tmp_path, place))
    assert failed.reason == Reason.MODEL_NOT_SUPPORTED
    assert "preprocessor_config.json beside its weights" in failed.message


def test_a_tokenizer_of_another_model_is_told(tmp_path, llava):
    write_tokenizer(llava)
    failed = why_failed(write_family_run(tmp_path, llava))
    assert "The tokenizer does not know <image>" in failed.message
    config = json.loads((llava / "config.json").read_text())
    write_tiny_family(tmp_path / "again", "llava", 1)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tmp_path / "again" / name, llava / name)
    (llava / "config.json").write_text(json.dumps(config | {"image_token_index": 7}))
    failed = why_failed(write_family_run(tmp_path, llava, name="other"))
    assert "config.json expects 7 for a picture" in failed.message


def test_image_tokens_that_do_not_fit_are_counted(tmp_path, llava):
    failed = why_failed(write_family_run(tmp_path, llava, max_length=18))
    assert failed.reason == Reason.BAD_OPTION
    assert "16 tokens" in failed.message


def test_a_caption_with_the_word_for_a_picture_is_named(tmp_path, llava):
    samples = draw_unequal(tmp_path)
    samples[2] = samples[2].model_copy(update={"text": "the <image> stops"})
    failed = why_failed(write_family_run(tmp_path, llava, samples))
    assert failed.reason == Reason.BAD_SAMPLE
    assert failed.message.startswith("Sample 2 has <image> among its words")


def test_weights_of_another_family_are_refused(tmp_path, llava):
    other = write_tiny_family(tmp_path / "qwen", "qwen2-vl", 1)
    shutil.copy(other / "model.safetensors", llava / "model.safetensors")
    failed = why_failed(write_family_run(tmp_path, llava))
    assert failed.reason == Reason.MODEL_NOT_SUPPORTED
    assert "do not fit its config.json" in failed.message


def test_a_checkpoint_of_another_family_is_refused(tmp_path, llava, own_cache):
    run = write_family_run(tmp_path, llava)
    assert work_here(run) == 0
    other = write_tiny_family(tmp_path / "internvl", "internvl", 1)
    shutil.rmtree(llava)
    shutil.copytree(other, llava)
    with pytest.raises(Trouble) as caught:
        loading.load_trained(run, "last")
    assert caught.value.reason == Reason.BAD_CHECKPOINT


def test_unknown_families_are_told(tmp_path):
    write_tiny_language_model(tmp_path / "words", "gpt2")
    with pytest.raises(Trouble) as caught:
        seeing.empty_writer(family_job(tmp_path / "words"))
    assert "“gpt2” is no family of vision-language models" in caught.value.message
    assert "put behind a vision model of your choice" in caught.value.message
