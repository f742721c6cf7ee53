"""The word for the extraction's code changes with its modules and no others."""

from __future__ import annotations

import subprocess
import sys

from transforms.rules import EXTRACTION


def test_the_modules_of_the_extraction_are_those_that_it_imports() -> None:
    code = "import sys, transforms.claims; print(*[name for name in sys.modules if name.startswith('transforms.')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    names = {name.removeprefix("transforms.") for name in loaded}
    assert {name for name in names if not name.startswith("carry")} == set(EXTRACTION)
