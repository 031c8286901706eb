"""Several pairs after one flag mean the same as a flag before each."""

import pytest

from studio.commands.arguments import one_flag_a_pair


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--set a=1 b=2 c=x=y", "--set a=1 --set b=2 --set c=x=y"),
        ("train --set a=1 p.studio example", "train --set a=1 p.studio example"),
        (
            "--map-label 1=safe 2=dangerous --json",
            "--map-label 1=safe --map-label 2=dangerous --json",
        ),
        ("--set a --grid b=1,2 c=3", "--set a --grid b=1,2 --grid c=3"),
        ("new a=b.studio", "new a=b.studio"),
    ],
)
def test_each_pair_gets_the_flag_before_it(typed, meant):
    assert one_flag_a_pair(typed.split()) == meant.split()
