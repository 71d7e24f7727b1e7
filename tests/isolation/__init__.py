"""Hostile recordings against the stage: an evil host that listens, vectors that call it, walls that can be taken away."""
