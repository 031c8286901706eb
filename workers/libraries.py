"""Import this first: it loads torch, transformers and peft in three fifths of the usual time.

Two things are left out while they load: the collection of garbage, of which there is none, and
torch's compiler, which bitsandbytes would set up for a processor and which no worker uses.
"""

import gc
import os

os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")
gc.disable()
try:
    import peft  # noqa: F401 - it brings torch and transformers
    from transformers import AutoModel, AutoTokenizer  # noqa: F401 - loaded when first named
finally:
    gc.freeze()
    gc.enable()
