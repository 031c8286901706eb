"""Captions that a captioner writes are scored beside those by people, each and all."""

import math

import pytest

from tests.workers.seeing.captioner_runs import write_captioner_run
from tests.workers.seeing.tiny_eyes import draw_samples
from tests.workers.training.run_folders import of_kind, work_here, write_evaluation
from workers.contract import folder
from workers.contract.events import AnswersWritten, CaptionsScored, Failed
from workers.contract.job import EvaluationJob
from workers.metrics.captions.scoring import score_captions

METRICS = {"CIDEr", "Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4", "ROUGE_L", "METEOR"}
UNREFERENCED = 9


@pytest.fixture
def samples(tmp_path):
    return [
        one.model_copy(update={"references": () if one.id == UNREFERENCED else (one.text, "a van")})
        for one in draw_samples(tmp_path, 12, 4)
    ]


def written(tmp_path, tower, decoder, samples):
    """What an evaluation of a tiny captioner wrote on the validation split."""
    run = write_captioner_run(tmp_path, tower, decoder, samples, generation__max_new_tokens=6)
    assert work_here(run) == 0
    chosen = [one for one in samples if one.split == "validation"]
    place = write_evaluation(run.with_name("evaluation"), run, chosen)
    job = folder.load_job(place)
    assert isinstance(job, EvaluationJob)
    folder.write_job(place, job.model_copy(update={"writes": True}))
    assert work_here(place, "evaluate") == 0, of_kind(place, Failed)
    return of_kind(place, AnswersWritten)[0], of_kind(place, CaptionsScored)[0]


def test_each_caption_and_all_of_them_are_scored(tmp_path, tower, decoder, own_cache, samples):
    answers, scored = written(tmp_path, tower, decoder, samples)
    texts = dict(zip(answers.sample_ids, answers.texts, strict=True))
    references = {
        str(one.id): one.references for one in samples if one.id in texts and one.references
    }
    expected = score_captions({key: texts[int(key)] for key in references}, references)
    assert scored.metrics == pytest.approx(dict(expected.corpus))
    assert (scored.count, scored.unreferenced) == (3, 1)
    assert set(answers.scores) == METRICS
    for name, values in answers.scores.items():
        by_id = dict(zip(answers.sample_ids, values, strict=True))
        assert math.isnan(by_id.pop(UNREFERENCED))
        wanted = dict(zip(map(int, expected.ids), expected.samples[name], strict=True))
        assert by_id == pytest.approx(wanted)


def test_a_lost_picture_gets_no_score(tmp_path, tower, decoder, own_cache, samples):
    lost = samples[-1]
    (tmp_path / lost.image).write_bytes(b"no picture")
    answers, scored = written(tmp_path, tower, decoder, samples)
    by_id = dict(zip(answers.sample_ids, answers.scores["CIDEr"], strict=True))
    assert math.isnan(by_id[lost.id])
    assert scored.count == 2
