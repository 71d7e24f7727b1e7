"""A worker of its own that compacts one session and says what that took. ``python -m bench.lib.compactor SESSION_ID``

The settings come by the environment; the last line is JSON: processor time, peak memory of the worker and of its child.
"""

from __future__ import annotations

import json
import sys
import time

import django

from bench.lib.house import CHILD_S, HOLE_AGE, MEMORY_MIB, peak_bytes


def main() -> None:
    """Compact until nothing waits."""
    django.setup()
    from replay.store import open_store
    from replay.worker.compact import compact_session
    from replay.worker.folder import Folder

    folder, began_s = Folder(MEMORY_MIB, CHILD_S), time.monotonic()
    own_s = time.process_time()
    compactions = segments = 0
    while (done := compact_session(open_store(), folder, int(sys.argv[1]), HOLE_AGE)) is not None:
        compactions, segments = compactions + 1, segments + done.segments
        if not done.is_more or not done.segments:
            break
    cpu_s, wall_s = time.process_time() - own_s + folder.cpu_s, time.monotonic() - began_s
    peaks = {"own": peak_bytes("self"), "child": peak_bytes(folder._process.pid) if folder._process else 0}
    folder.close()
    told = {"cpu_s": cpu_s, "wall_s": wall_s, "compactions": compactions, "segments": segments, "deaths": folder.deaths}
    print(json.dumps({**told, **peaks}))


if __name__ == "__main__":
    main()
