"""Five real apps from npm, served on loopback, used by a seeded hand, and recorded by our recorder.

``python -m bench.apps.record --minutes 5`` records all of them side by side. What comes out of each (``recording.py``): the
events as rrweb gave them, after our privacy rules and with their stylesheets inlined, one JSON a line; the chunk frames as they
went over the wire; the assets that were sent. Nothing here leaves the machine once npm has brought the apps.
"""
