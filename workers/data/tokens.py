"""Captions as token ids, made once; batches padded to their own longest caption."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

    Batch = dict[str, torch.Tensor]


@dataclass(frozen=True)
class TokenisedSamples:
    """Parallel lists over the samples of one split; `labels` are indices into the job's labels."""

    ids: list[int]
    tokens: "list[torch.Tensor]"
    labels: list[int]
    lengths: list[int]
    cut: list[int]
    pad: int

    def __len__(self) -> int:
        return len(self.ids)

    def batch(self, positions: Sequence[int], device: str) -> "Batch":
        """Inputs for the samples at these positions; no mask when nothing is padded."""
        import torch

        rows = [self.tokens[position] for position in positions]
        longest = max(len(row) for row in rows)
        if all(len(row) == longest for row in rows):
            return {"input_ids": torch.stack(rows).to(device, non_blocking=True)}
        ids = torch.full((len(rows), longest), self.pad, dtype=torch.long)
        mask = torch.zeros((len(rows), longest), dtype=torch.long)
        for index, row in enumerate(rows):
            ids[index, : len(row)] = row
            mask[index, : len(row)] = 1
        return {
            "input_ids": ids.to(device, non_blocking=True),
            "attention_mask": mask.to(device, non_blocking=True),
        }

    def targets(self, positions: Sequence[int], device: str) -> "torch.Tensor":
        """Label indices of the samples at these positions."""
        import torch

        return torch.tensor([self.labels[position] for position in positions]).to(device)


def tokenise(
    tokenizer: "PreTrainedTokenizerBase",
    samples: Sequence[tuple[int, str, int]],
    max_length: int,
) -> TokenisedSamples:
    """Tokenise (id, caption, label index) rows; `cut` holds ids of captions that were too long."""
    import torch

    texts = [text for _, text, _ in samples]
    rows = (
        tokenizer(texts, truncation=True, max_length=max_length, padding=False)["input_ids"]
        if texts
        else []
    )
    full = [index for index, row in enumerate(rows) if len(row) >= max_length]
    whole = tokenizer([texts[index] for index in full], verbose=False)["input_ids"] if full else []
    cut = [index for index, row in zip(full, whole, strict=True) if len(row) > max_length]
    return TokenisedSamples(
        ids=[id for id, _, _ in samples],
        tokens=[torch.tensor(row) for row in rows],
        labels=[label for _, _, label in samples],
        lengths=[len(row) for row in rows],
        cut=[samples[index][0] for index in cut],
        pad=int(tokenizer.pad_token_id or 0),  # type: ignore[arg-type],
    )
