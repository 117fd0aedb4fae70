"""How many calls of functions something takes, and how many of Python's instructions: a busy machine counts the same.

Calls, of Python's functions and C's, do not see a loop; instructions do. Neither sees what C does within one call: a
regular expression that goes back and forth, or a longer text that is compressed.
"""

import gc
import sys
from types import FrameType
from typing import Any, Self


class Calls:
    """Counts the calls within a context."""

    def __init__(self) -> None:
        self.counted = 0

    def __enter__(self) -> Self:
        gc.disable()  # what it frees would be counted
        sys.setprofile(self._profile)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        gc.enable()

    def _profile(self, frame: FrameType, event: str, _argument: object) -> None:
        self.counted += event in {"call", "c_call"} and frame.f_code.co_filename != __file__


class Instructions:
    """Counts the instructions of Python's virtual machine within a context, in the functions that are called in it."""

    def __init__(self) -> None:
        self.counted = 0

    def __enter__(self) -> Self:
        gc.disable()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)
        gc.enable()

    def _trace(self, frame: FrameType, event: str, _argument: object) -> Any:
        if frame.f_code.co_filename == __file__:
            return None
        if event == "call":
            frame.f_trace_lines, frame.f_trace_opcodes = False, True
        self.counted += event == "opcode"
        return self._trace
