"""A seeded simulation of the promise "what is acked is kept, once": the real cores on virtual time, in one thread.

weather, schedule   what happens: a seed draws events and faults; then all heals and the books are compared (checker)
world               who there is, and what can be done to them
browser, road, drainer, identity   pages: numbering, spool, life; around the real ``wire.page``
net                 sockets and POSTs that break, are lost, are late
process, talk       web processes around the real ``wire.connection``, ``ingest.packer``, ``index.ledger``
store, database, statements, client, tables   where things are kept: locks, unique keys, commits that nobody hears of
actors              sweeper, compactor, eraser, closer of holes, reader
journal, checker    what the pages were told, against what can be read
planted             bugs that it must find
"""
