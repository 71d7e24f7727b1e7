"""Recordings as plain rrweb JSON: out of the house, and into it again.

Out: ``exporting`` streams a session from its runs (``events``). In: ``spool`` inflates a file of unknown hands within bounds,
``cursor`` walks its JSON without holding it, ``forms`` tells whose shape it has and yields items, ``derive`` makes a log for
recordings that bring none, ``cut`` numbers chunks as a recorder would, and ``keeper`` keeps them by the ledger, as if a
page had sent them. The same file always becomes the same session, chunk for chunk: to import again is to go on.
"""
