"""One round of one target: ``python -m tests.fuzz.run TARGET [libFuzzer's options and folders]``. Needs atheris."""

from __future__ import annotations

import sys

import atheris

ROOMS = ["replay.wire", "replay.store.pack", "replay.index.digest", "tests.fuzz"]  # whose branches guide the fuzzer


def main() -> None:
    """Fuzz until the options say stop, or until something is found."""
    with atheris.instrument_imports(include=ROOMS):
        from tests.fuzz.planted import PLANTED
        from tests.fuzz.targets import TARGETS
    name, *options = sys.argv[1:]
    again = f"{sys.executable} -m tests.fuzz.run {name}"  # how libFuzzer starts itself anew, to minimize
    atheris.Setup([again, *options], (TARGETS | PLANTED)[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
