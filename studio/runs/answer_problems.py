"""What stands in the way of a language model: its template, its generation, its answers."""

from collections import Counter
from collections.abc import Iterator

from studio.dataset.scripts import NONE, script_of
from studio.numbers import format_count
from studio.runs.problem import Fix, FixAction, Problem, Severity
from studio.runs.samples import TrainingSet
from workers.contract.answer_options import GenerationOptions, PromptOptions
from workers.contract.options import AnswerKind, TrainingOptions
from workers.contract.templates import chosen_template, problem_of, shipped_templates

MIXED_FROM = 0.01  # of the answers: fewer are names and quotations
MOST_SHOWN = 1_000  # samples of one query


def template_and_generation(options: TrainingOptions) -> list[Problem]:
    """Problems of the options that only language models have."""
    sees = options.vision is not None
    found = _of_template(options.prompt, sees=sees) if options.prompt else []
    if options.prompt and options.prompt.answer == AnswerKind.CAPTION and not sees:
        message = "Captions are learnt from pictures: choose the task of a picture."
        found.append(Problem("prompt.answer", message, Severity.ERROR))
    return found + (_of_generation(options.generation) if options.generation else [])


def answers_to_learn(chosen: TrainingSet) -> list[Problem]:
    """Problems of samples whose answer texts, or captions, are learnt."""
    lacks = [
        (chosen.empty_answers, "an answer", "NOT has:answer NOT split:none"),
        (chosen.empty_captions, "a caption", "has:answer NOT has:caption"),
    ]
    if chosen.answer == AnswerKind.CAPTION:
        lacks = [
            (chosen.without_picture, "a picture that can be read", "NOT has:image NOT split:none"),
            (chosen.empty_captions, "a caption", "NOT has:caption NOT split:none"),
        ]
    found = [*_of_splits(chosen), *_of_scripts(chosen)]
    for count, lack, query in lacks:
        if count and (chosen.samples or chosen.labelled_without_split):
            fix = Fix("Show them", FixAction.SHOW_SAMPLES, query=query)
            who = "1 sample in a split lacks" if count == 1 else f"{count:,} samples lack"
            message = f"{who} {lack} and will be left out."
            found.append(Problem("", message, Severity.WARNING, (fix,)))
    return found


def _of_template(prompt: PromptOptions, *, sees: bool) -> list[Problem]:
    template = chosen_template(prompt)
    if template is None:
        known = ", ".join(one.name for one in shipped_templates())
        message = f"There is no template “{prompt.template}”. There are: {known}."
        return [Problem("prompt.template", message, Severity.ERROR)]
    message = problem_of(template.text, sees=sees) if template.text else ""
    place = "prompt.text" if prompt.text else "prompt.template"
    return [Problem(place, message, Severity.ERROR)] if message else []


def _of_generation(generation: GenerationOptions) -> list[Problem]:
    """Options of sampling say nothing while nothing is sampled."""
    if generation.sample:
        return []
    fresh = GenerationOptions()
    idle = [
        name
        for name in ("temperature", "top_p", "top_k")
        if getattr(generation, name) != getattr(fresh, name)
    ]
    on = Fix("Sample", FixAction.SET_OPTIONS, options=(("generation.sample", True),))
    names = {"temperature": "Temperature", "top_p": "Top-p", "top_k": "Top-k"}
    return [
        Problem(
            f"generation.{name}",
            f"{names[name]} has no effect: sampling is off.",
            Severity.WARNING,
            (on,),
        )
        for name in idle
    ]


def _of_splits(chosen: TrainingSet) -> Iterator[Problem]:
    if not chosen.samples and not chosen.labelled_without_split:
        fix = Fix("Show samples", FixAction.SHOW_SAMPLES, query="NOT has:answer")
        message = "No sample has an answer yet."
        if chosen.answer == AnswerKind.CAPTION:
            fix = Fix("Show samples", FixAction.SHOW_SAMPLES, query="NOT has:image")
            message = "No sample has both a picture and a caption yet."
        yield Problem("", message, Severity.ERROR, (fix,))
        return
    missing = [split for split in ("train", "validation") if not chosen.count(split)]
    if missing:
        what = "a picture" if chosen.answer == AnswerKind.CAPTION else "an answer"
        message = f"No sample with {what} is in {' or '.join(missing)}."
        fix = Fix("Split 9 : 1", FixAction.SPLIT)
        yield Problem("", message, Severity.ERROR, (fix,))


def _of_scripts(chosen: TrainingSet) -> Iterator[Problem]:
    """Answers in several scripts: an import that went wrong, or two languages at once."""
    scripts = {one.id: script_of(one.answer) for one in chosen.samples if one.answer}
    counts = Counter(script for script in scripts.values() if script != NONE)
    if len(counts) < 2:
        return
    most = counts.most_common(1)[0][0]
    others = [key for key, script in scripts.items() if script not in (most, NONE)]
    if len(others) < MIXED_FROM * counts.total():
        return
    listed = ", ".join(f"{script} {format_count(count)}" for script, count in counts.most_common())
    query = f"sample:{','.join(map(str, others[:MOST_SHOWN]))}"
    fix = Fix("Show the fewer", FixAction.SHOW_SAMPLES, query=query)
    message = f"The answers are written in several scripts: {listed}."
    yield Problem("", message, Severity.WARNING, (fix,))
