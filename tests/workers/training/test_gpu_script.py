"""The script for a GPU goes through all its parts on a processor, and says when there is none."""

import re

import pytest
import torch

from tests.benchmarks import gpu_language


def test_a_tiny_shape_goes_through_every_part(capsys):
    assert gpu_language.main(["--small"]) == 0
    told = capsys.readouterr().out
    for kind in ("LoRA", "QLoRA"):
        part = told.split(f"\n{kind}: ")[1]
        for arm in ("studio", "Trainer"):
            line = re.search(rf"{arm} +([\d,]+) tokens/s +([\d.]+)% of .*peak +([\d,]+) MiB", part)
            assert line is not None, part
            assert all(float(figure.replace(",", "")) > 0 for figure in line.groups())
        assert re.search(r"estimated [\d,]+ MiB, measured [\d,]+ MiB: [+-]\d+%", part)
    assert "they show that all parts work" in told


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU: the script would use it")
def test_without_a_gpu_it_says_so_and_measures_nothing(capsys):
    assert gpu_language.main([]) == 1
    assert capsys.readouterr().out.startswith("There is no CUDA device on this machine")
