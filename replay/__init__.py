"""The server, in the order in which a recorded byte travels through it.

- ``wire``: what is said between the page and the server.
- ``ingest``: who listens; bytes, then row, then ack.
- ``store``: where bytes live.
- ``index``: what we know about them: sessions, streams, chunks, moments.
- ``people``: whose sessions they are.
- ``worker``: what is done later: sweeping, retention.
- ``api``: what the player and the customer's own code ask.
- ``accounts``: who may ask.
- ``pages``: what people see.
"""
