"""The answering process: a run's base and tuned model answer what is typed, token by token."""

import json
import os
import queue
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import workers.libraries  # noqa: F401 - before whatever loads them more slowly

# isort: split

import torch
from pydantic import ValidationError
from safetensors import SafetensorError

from workers.contract.events import Reason
from workers.contract.options import GenerationOptions
from workers.data import tokens
from workers.models import arms, generation, loading
from workers.models.generation import Written
from workers.models.trouble import Trouble, explain
from workers.reporting import choose_threads

if TYPE_CHECKING:
    from torch import nn

# What a request may go wrong with; anything else is a bug and ends the process with its traceback.
_WRONG = (
    Trouble,
    ValueError,
    TypeError,
    LookupError,
    OSError,
    RuntimeError,
    AttributeError,
    MemoryError,
    SafetensorError,
)
Say = Callable[[dict[str, Any]], None]


class Requests:
    """What was asked, read on a thread of its own: a newer line ends what is under way."""

    def __init__(self, lines: IO[bytes]) -> None:
        self._lines = lines
        self._waiting: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._newest = 0
        threading.Thread(target=self._read, name="requests", daemon=True).start()

    def take(self) -> tuple[int, dict[str, Any]] | None:
        """The next request with its place in the order; None when there will be no more."""
        request = self._waiting.get()
        return None if request is None else (request["place"], request)

    def is_outdated(self, place: int) -> bool:
        """Whether something was asked since, be it only to stop."""
        return self._newest > place

    def _read(self) -> None:
        for line in self._lines:
            if line.strip():
                self._newest += 1
                self._waiting.put(_request_of(line) | {"place": self._newest})
        self._newest += 1
        self._waiting.put(None)


class Answering:
    """Keeps the model of one run loaded and answers with it."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._key: tuple[Any, ...] = ()
        self._arms: arms.Arms | None = None

    def answer(self, request: dict[str, Any], is_stopped: Callable[[], bool]) -> None:
        """Say each arm's answer as it grows; the last line of an arm is marked done."""
        number = request.get("id")
        loaded = self._load(request)
        given = request.get("generation")
        own = loaded.job.options.generation or GenerationOptions()
        options = own if given is None else GenerationOptions.model_validate(given)
        for arm in request.get("arms", arms.ARMS):
            if is_stopped():
                break
            with torch.no_grad():
                model = loaded.switch(arm)
            self._say_arm({"id": number, "arm": arm}, model, request, options, is_stopped)
        self._say({"id": number, "ended": True, "stopped": is_stopped()})

    def _say_arm(
        self,
        head: dict[str, Any],
        model: "nn.Module",
        request: dict[str, Any],
        options: GenerationOptions,
        is_stopped: Callable[[], bool],
    ) -> None:
        assert self._arms is not None
        if not self._arms.job.options.task.writes:
            self._say(head | _classified(self._arms, model, str(request.get("caption", ""))))
            return
        if self._arms.job.options.vision is not None:
            raise Trouble(
                Reason.MODEL_NOT_SUPPORTED,
                "Trying a picture here is not supported yet. On the Samples page, the Captions "
                "menu lets this run caption any sample.",
            )
        prompt, end = prompt_of(self._arms, request)
        self._say(head | _line(Written("", 0, 0.0), done=False))
        written = generation.write_answer(
            model,
            self._arms.tokenizer,
            prompt,
            options,
            end=end,
            tell=lambda so_far: self._say(head | _line(so_far, done=False)),
            is_stopped=is_stopped,
        )
        self._say(head | _line(written, done=True) | {"prompt_tokens": len(prompt)})

    def _load(self, request: dict[str, Any]) -> arms.Arms:
        place, checkpoint = Path(request["run_folder"]), str(request.get("checkpoint", "best"))
        job, step = arms.read_run(place, checkpoint)
        key = (str(place), job.token, step)
        if self._arms is None or key != self._key:
            self._arms, self._key = None, ()  # the former model's memory first
            title = job.base_model.title
            self._say({"id": request.get("id"), "said": f"Loading {title}, step {step:,}…"})
            self._arms = arms.load_arms(place, str(step), device=loading.choose_device())
            self._key = key
        return self._arms


def prompt_of(loaded: arms.Arms, request: dict[str, Any]) -> tuple["torch.Tensor", int]:
    """The tokens of a prompt, made as those of the run's samples, and what ends an answer."""
    from workers.data import prompts
    from workers.models import causal

    options = loaded.job.options
    instruction, caption = str(request.get("instruction", "")), str(request.get("caption", ""))
    row = prompts.AnswerRow(0, instruction, caption, "", None)
    config: Any = loaded.model.config
    end = causal.eos_of(config, loaded.tokenizer)
    window = min(options.max_length, loading.longest_input(loaded.model))
    samples = prompts.encode(loaded.tokenizer, end, [row], (), options, window)
    return samples.tokens[0][: samples.prompts[0]], end


def _classified(loaded: arms.Arms, model: "nn.Module", caption: str) -> dict[str, Any]:
    began = time.monotonic()
    limit = loaded.job.options.max_length
    encoded = tokens.tokenise(loaded.tokenizer, [(0, caption, 0)], limit)
    device = str(next(model.parameters()).device)
    with torch.inference_mode():
        shares = model(**encoded.batch([0], device)).logits[0].float().softmax(-1).tolist()
    labels = loaded.job.labels
    likeliest = max(range(len(labels)), key=lambda place: shares[place])
    written = Written(labels[likeliest], encoded.lengths[0], time.monotonic() - began)
    shares_by_label = dict(zip(labels, shares, strict=True))
    return _line(written, done=True) | {"probabilities": shares_by_label}


def _line(written: Written, *, done: bool) -> dict[str, Any]:
    return {
        "text": written.text,
        "done": done,
        "seconds": round(written.seconds, 4),
        "tokens": written.tokens,
        "stopped": written.stopped,
    }


def _request_of(line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except ValueError as error:
        return {"id": None, "wrong": f"The request is not JSON: {error}."}
    if not isinstance(request, dict):
        return {"id": None, "wrong": "A request is a JSON object."}
    verb = request.get("verb", "answer")
    if verb not in ("answer", "stop"):
        return request | {"wrong": f"“{verb}” is not a verb here; there are: answer, stop."}
    if verb == "answer" and not request.get("run_folder"):
        return request | {"wrong": "A request names the folder of a run."}
    return request


def respond(
    answering: Answering, request: dict[str, Any], is_stopped: Callable[[], bool], say: Say
) -> None:
    """Answer one request, or say in a sentence what is wrong with it."""
    number = request.get("id")
    if "wrong" in request:
        say({"id": number, "error": request["wrong"]})
    elif request.get("verb", "answer") == "answer":
        try:
            answering.answer(request, is_stopped)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            say({"id": number, "error": f"{place}: {first['msg']}."})
        except _WRONG as error:
            say({"id": number, "error": explain(error)[1]})


def main(arguments: list[str]) -> int:
    """Answer requests until standard input ends."""
    del arguments
    warnings.simplefilter("ignore")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    torch.set_num_threads(choose_threads(0, os.cpu_count() or 1, load))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not come between the answers

    def say(line: dict[str, Any]) -> None:
        answers.write(json.dumps(line, ensure_ascii=False) + "\n")
        answers.flush()

    requests = Requests(sys.stdin.buffer)
    answering = Answering(say)
    say({"ready": True})
    while (taken := requests.take()) is not None:
        place, request = taken
        if request.get("verb", "answer") == "answer" and requests.is_outdated(place):
            say({"id": request.get("id"), "ended": True, "stopped": True})
            continue
        respond(answering, request, lambda place=place: requests.is_outdated(place), say)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
