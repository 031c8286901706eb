"""Fetch a base model from the hub into a folder: weights as safetensors, configuration, tokenizer.

`python -m workers.fetch HUB_ID REVISION FOLDER`. Nothing that could hold code is asked for.
"""

import os
import sys
from pathlib import Path

PATTERNS = (
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "preprocessor_config.json",
    "processor_config.json",
    "chat_template.jinja",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "*.model",
)
# Copies of the same weights for other programs, which would double the download.
NOT_WANTED = ("onnx/*", "openvino/*", "*/*.safetensors")


def main(arguments: list[str]) -> int:
    """Exit 0 when the folder is complete; else the last line of standard error says why not."""
    if len(arguments) != 3:
        sys.stderr.write("Give a hub id, a revision (or an empty text) and a folder.\n")
        return 2
    hub_id, revision, folder = arguments
    os.environ.pop("HF_HUB_OFFLINE", None)
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        snapshot_download(
            hub_id,
            revision=revision or None,
            local_dir=folder,
            allow_patterns=list(PATTERNS),
            ignore_patterns=list(NOT_WANTED),
        )
    except GatedRepoError:
        return _fail(f"{hub_id} asks for an agreement on its page before it can be fetched.")
    except RevisionNotFoundError:
        return _fail(f"{hub_id} has no revision {revision}.")
    except (RepositoryNotFoundError, HFValidationError):
        return _fail(f"There is no model {hub_id} on the hub.")
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError):
        return _fail("The hub cannot be reached from this computer.")
    if not any(Path(folder).glob("*.safetensors")):
        return _fail(f"{hub_id} holds no safetensors weights, and other kinds are not loaded.")
    return 0


def _fail(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
