"""The process that opens and folds recorded bytes, so that none of them can take the worker along.

``python -m replay.worker.child MEMORY_MIB SECONDS``: requests on stdin, answers on stdout, each behind its length. It has no
database, no store and no settings. What takes too much memory or time ends it, and the worker starts another one.
"""

from __future__ import annotations

import gc
import resource
import signal
import sys
import time
from typing import IO, Final

import msgspec

from replay.worker.folding import Answer, Begin, Folding, Request

MIB: Final = 1024 * 1024
LENGTH_BYTES: Final = 8


def read_message(stream: IO[bytes]) -> bytes | None:
    """Return the next message, None where the other side has gone."""
    head = stream.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "big")
    data = stream.read(length)
    return data if len(data) == length else None


def write_message(stream: IO[bytes], data: bytes) -> None:
    stream.write(len(data).to_bytes(LENGTH_BYTES, "big"))
    stream.write(data)
    stream.flush()


def answered(folding: Folding, request: Request) -> Answer:
    """Answer, and free what is no page any more: its nodes point at each other, so nothing else frees them soon."""
    answer = folding.answer(request)
    if answer.segments or isinstance(request, Begin):
        gc.collect()  # milliseconds
    return answer


def main(memory_mib: int, seconds: int) -> None:
    """Answer until nobody asks."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_mib * MIB, memory_mib * MIB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # our worker ends us, when it is done
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # which kills, in the midst of whatever
    gc.set_threshold(100_000, 20, 20)  # most of what is decoded goes by itself
    read, write = msgspec.msgpack.Decoder(Request), msgspec.msgpack.Encoder()
    folding = Folding()
    while (data := read_message(sys.stdin.buffer)) is not None:
        signal.alarm(seconds)
        began_s = time.process_time()
        answer = answered(folding, read.decode(data))
        answer.cpu_s = time.process_time() - began_s
        data = write.encode(answer)
        signal.alarm(0)
        write_message(sys.stdout.buffer, data)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
