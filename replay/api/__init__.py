"""What the player and the customer's code ask: the versioned, documented API under ``/api/v1``.

In: a signed-in user or a project token. Out: JSON, and the recorded bytes as they were sent. Guaranteed: an answer holds
nothing but what the caller's project holds; every refusal has a code; every parameter has a bound.
"""
