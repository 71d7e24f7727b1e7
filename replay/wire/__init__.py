"""What is said between page and server: frames in, checked values out, and back.

Pure: no Django, no sockets, no clock. ``SPEC.md`` is the law; ``vectors/`` are its examples, read by this room's tests
and by those of its TypeScript twin. Every input has a bound (``limits``); crossing one is a coded refusal (``errors``).
"""
