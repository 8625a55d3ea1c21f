"""Plays the scenario named on each line of stdin and says how it went: the last line of its answer
begins with `== held` or `== failed`. See OtherProgram.java.
"""

from __future__ import annotations

import sys
import traceback
from typing import Callable


def play(scenarios: dict[str, Callable[[], object]]) -> None:
    print("== ready", flush=True)
    for line in sys.stdin:
        name = line.strip()
        try:
            scenarios[name]()
            print("== held", flush=True)
        except BaseException:  # Whatever went wrong is the verdict.
            print(traceback.format_exc())
            print("== failed", flush=True)
