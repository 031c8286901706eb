"""Labels are ranked without training, and planted errors come first."""

import pytest

from tests.workers.training.run_folders import LABELS, events_of, make_samples, of_kind, work_here
from workers.contract import folder
from workers.contract.catalogue import refer_to
from workers.contract.events import Finished, Reason, SamplesRanked
from workers.contract.job import RankingJob
from workers.contract.snapshot import write_snapshot


@pytest.fixture
def rank(tmp_path):
    def make(samples, model="minilm"):
        digest = write_snapshot(tmp_path, samples)
        job = RankingJob(
            token="t", base_model=refer_to(model), labels=LABELS, snapshot_sha256=digest
        )
        folder.write_job(tmp_path, job)
        return work_here(tmp_path, "rank"), tmp_path

    return make


def test_planted_errors_are_ranked_first(minilm, rank):
    samples = make_samples(60)
    planted = {samples[4].id, samples[31].id}
    samples = [
        one.model_copy(update={"label": LABELS[one.label == LABELS[0]]})
        if one.id in planted
        else one
        for one in samples
    ]
    code, place = rank(samples)
    assert code == 0
    assert isinstance(events_of(place)[-1], Finished)
    ranked = of_kind(place, SamplesRanked)[0]
    order = sorted(zip(ranked.confidences, ranked.sample_ids, strict=True))
    assert {sample for _, sample in order[:2]} == planted
    assert set(ranked.sample_ids) == {one.id for one in samples}
    for own, near, alike in zip(
        ranked.sample_ids, ranked.neighbour_ids, ranked.similarities, strict=True
    ):
        assert own not in near
        assert len(near) == 3
        assert list(alike) == sorted(alike, reverse=True)


def test_one_label_cannot_be_ranked(rank, tiny_bert):
    samples = [one for one in make_samples() if one.label == "safe"]
    code, place = rank(samples, str(tiny_bert))
    assert code == 1
    assert events_of(place)[-1].reason is Reason.ONE_LABEL
