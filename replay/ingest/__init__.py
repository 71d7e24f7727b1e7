"""Who listens. What comes in: frames from pages. What goes out: acks, when bytes and rows are committed.

    consumer (socket) ─┐
                       ├─▶ conversation ─▶ admission · log opened in a thread ─▶ writer ─▶ packer ─▶ store, then index
    beacon (POST) ─────┘                                                          └─▶ outcome ─▶ ack | nack
A process holds nothing that can be lost: what it has not acked, the page still has.
"""
