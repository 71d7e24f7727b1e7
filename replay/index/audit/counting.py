"""What packs and volumes are asked alike: whether an object's row counts the rows that lie in it, and is kept while any do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db.models import Model

from replay.index.audit.finding import Finding
from replay.index.durable import durable_transaction
from replay.index.models import Pack
from replay.index.view import consistent_view


@dataclass(frozen=True)
class Holder:
    """A kind of object with a state, and the kind of rows that lie in it."""

    objects: type[Model]
    rows: type[Model]
    place: str  # the rows' field that names their object
    counter: str  # the object's field that counts them; also what people call them

    def findings(self, pk: int) -> Iterator[Finding]:
        """Yield what is wrong with an object's row."""
        with consistent_view():
            held = self._manager(self.objects).filter(pk=pk).first()
            count = self._count(pk)
        if held is None:
            return  # it was swept just now
        said = getattr(held, self.counter)
        if held.state == Pack.State.SWEPT and count:
            yield Finding("given_up", f"{held.key}: {count} {self.counter} need it", "keep it", partial(self.recount, pk))
        elif held.state == Pack.State.KEPT and (said != count or not count):
            told = f"{held.key}: its row says {said}, and {count} {self.counter} lie there"
            yield Finding("wrong_counter", told, "count anew" if count else "sweep it", partial(self.recount, pk))

    def recount(self, pk: int) -> None:
        """Let an object's row say what is true; inside a transaction or not."""
        with durable_transaction():
            waiting = self._manager(self.objects).select_for_update(no_key=True).filter(pk=pk)
            held = waiting.exclude(state=Pack.State.OPEN).first()
            if held is None:
                return
            count = self._count(pk)
            setattr(held, self.counter, count)
            if count:
                held.state, held.swept_at = Pack.State.KEPT, None
            elif held.state == Pack.State.KEPT:
                held.state, held.swept_at = Pack.State.SWEPT, datetime.now(UTC)
            held.save(update_fields=[self.counter, "state", "swept_at"])

    def _count(self, pk: int) -> int:
        count: int = self._manager(self.rows).filter(**{self.place: pk}).count()
        return count

    @staticmethod
    def _manager(model: type[Model]) -> Any:
        return model._default_manager
