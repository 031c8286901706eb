"""Options and samples for runs of tiny language models that answer."""

from tests.workers.training.run_folders import make_samples, of_kind
from workers.contract.events import PerplexityMeasured

ANSWER = {
    "task": "answer",
    "max_length": 96,
    "adapter__targets": ["q_proj", "v_proj"],
    "prompt__template": "plain",
}
TEXT = ANSWER | {"prompt__answer": "text"}


def answered(count=40):
    """The samples with an answer in words besides."""
    return [
        one.model_copy(update={"answer": f"the van stops {one.label}"})
        for one in make_samples(count)
    ]


def clear(count=40):
    """Samples in the words that the tiny models know: they can be learnt."""
    texts = {"dangerous": "a cyclist crosses the road w{}", "safe": "fog . the van stops w{}"}
    return [
        one.model_copy(update={"text": texts[one.label or ""].format(index)})
        for index, one in enumerate(answered(count))
    ]


LEARNING = {"method": "full", "epochs": 6, "optimizer__learning_rate": 2e-3}


def perplexities(run, split="validation"):
    return [one for one in of_kind(run, PerplexityMeasured) if one.split == split]
