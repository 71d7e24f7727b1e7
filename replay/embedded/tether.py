"""Run a Python script that ends when its parent does: ``python -m replay.embedded.tether manage.py serve``.

The parent holds the other end of this process's standard input and never writes to it. However the parent ends, even by
SIGKILL, the pipe closes and we hear of it; that works on every POSIX system, where PR_SET_PDEATHSIG is Linux's alone.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

PATIENCE_S = 20  # for a polite end, before an impolite one


def follow_parent() -> None:
    """Wait until the parent is gone, then end this process."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_S)
    os._exit(1)


def main() -> None:
    threading.Thread(target=follow_parent, name="tether", daemon=True).start()
    script, sys.argv = sys.argv[1], sys.argv[1:]
    sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
