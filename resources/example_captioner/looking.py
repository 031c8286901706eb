"""The captioner as the program loads it: what it writes of a drawn scene, and where it looks."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL.Image import Image

from resources.example import DrawnScene
from resources.example.scene import category_of
from studio.attention import maps, pointing, words
from studio.attention.look import Look
from studio.attention.maps import AttentionMap
from studio.attention.phrases import NamedArea
from studio.attention.pointing import PhrasePointing
from workers.contract.catalogue import refer_to
from workers.contract.job import TrainingJob
from workers.contract.recipes import find_recipe
from workers.data import prompts
from workers.data.wording import AnswerRow, ImageWords
from workers.maps import answers, reader, spans
from workers.models import causal, seeing
from workers.models.sight import Sight

RECIPE = "example-captions"


@dataclass(frozen=True)
class Captioner:
    """A loaded model with its tokenizer and its eye, and the job whose prompt it is given."""

    model: Any
    tokenizer: Any
    sight: Sight
    job: TrainingJob

    def encode(self, image: Image, caption: str) -> prompts.Encoded:
        """Prompt, picture and caption as the recipe gives them to the model."""
        image_words = ImageWords(
            self.sight.words, self.sight.token, [self.sight.lay_out(*image.size).tokens]
        )
        (found,) = prompts.encode_all(
            self.tokenizer,
            causal.eos_of(self.model.config, self.tokenizer),
            [AnswerRow(0, "", "", caption)],
            self.job.options,
            self.job.options.max_length,
            image=image_words,
        )
        return found


def load_captioner(folder: Path) -> Captioner:
    """The model of a folder, as a run of the example's recipe loads it."""
    recipe = find_recipe(RECIPE)
    assert recipe is not None
    job = TrainingJob(
        token="",
        base_model=refer_to(str(folder)),
        options=recipe.training_options(),
        labels=(),
        snapshot_sha256="",
    )
    model, tokenizer = seeing.load_writer(job, device="cpu")
    return Captioner(model.eval(), tokenizer, seeing.sight_of(job, model, tokenizer), job)


def describe(captioner: Captioner, image: Image) -> str:
    """What it writes of a picture, taking the likeliest token each time."""
    import torch

    prompt, generation = captioner.encode(image, ""), captioner.job.options.generation
    assert generation is not None
    ids = torch.tensor([prompt.ids[: prompt.prompt]])
    with torch.inference_mode():
        written = captioner.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=generation.max_new_tokens,
            do_sample=False,
            **captioner.sight.pixels(image),
        )
    return captioner.tokenizer.decode(written[0, ids.shape[1] :], skip_special_tokens=True)


def read_caption(captioner: Captioner, image: Image, caption: str, number: int) -> AttentionMap:
    """The map of one forced caption; base and tuned are the same."""
    encoded = captioner.encode(image, caption)
    rows = list(range(encoded.prompt, len(encoded.ids)))
    look = answers.look(captioner.model, encoded.ids, rows, captioner.sight.pixels(image))
    attention = look.attention.numpy()
    provenance = maps.read_provenance(_provenance(captioner, image, encoded.ids, rows, number))
    return AttentionMap(attention, attention, provenance, digest="")


@dataclass(frozen=True, eq=False)
class Reading:
    """A drawn scene's caption as it was read, and what stands where in the picture."""

    found: AttentionMap
    areas: list[NamedArea]


def read_scenes(captioner: Captioner, told: Iterable[tuple[DrawnScene, str]]) -> list[Reading]:
    """Scenes with a caption each, numbered in their order."""
    readings: list[Reading] = []
    for number, (drawn, caption) in enumerate(told):
        found = read_caption(captioner, drawn.image, caption, number)
        areas = [NamedArea(category_of(drawn.scene, box.name), box.box) for box in drawn.boxes]
        readings.append(Reading(found, areas))
    return readings


def measure(readings: Iterable[Reading], look: Look) -> list[PhrasePointing]:
    """Where the captions' phrases point under a look."""
    return [
        phrase
        for one in readings
        for phrase in pointing.measure_sample(
            one.found, words.words_of(one.found.provenance), one.areas, look
        )
    ]


def _provenance(
    captioner: Captioner, image: Image, ids: list[int], rows: list[int], number: int
) -> dict[str, Any]:
    picture = captioner.sight.token
    text, places = spans.text_and_spans(captioner.tokenizer, ids, picture)
    known = {*captioner.tokenizer.all_special_ids, picture}
    return {
        "format": reader.FORMAT,
        "base_model": captioner.job.base_model.name,
        "revision": "",
        "adapter_sha256": "",
        "run_token": "",
        "step": 0,
        "method": "",
        "sample_id": number,
        "label": None,
        "reduction": "none",
        "text": text,
        "text_sha256": "",
        "tokens": captioner.tokenizer.convert_ids_to_tokens(ids),
        "spans": places,
        "special": [token in known for token in ids],
        "rows": rows,
        "cut": False,
        "geometry": captioner.sight.lay_out(*image.size).model_dump(mode="json"),
        "image": [place for place, token in enumerate(ids) if token == picture],
    }
