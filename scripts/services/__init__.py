"""Real PostgreSQL, Redis, S3 (Ceph RadosGW) and nginx from the system's packages, on loopback, for tests and benches.

Each keeps all that it has under one folder, may be started twice, and ends only what it started itself.
Only the standard library is used, so that they can start while the virtual environment is still being made.
"""
