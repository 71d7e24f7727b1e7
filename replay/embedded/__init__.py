"""Playhead on one machine: what `make run` starts.

In: a data directory, perhaps empty. Out: a demo project with one sample session, and three children (web, worker, demo shop)
that live and die with this process.
"""
