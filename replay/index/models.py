"""What we know about the bytes: sessions, streams, packs, chunks, volumes, segments, assets, gaps and moments.

Every key and index begins with the project, so a foreign key has no index of its own where such a one serves. Chunks and
moments are written by the ledger alone, under the locks of their session and stream: the database does not check again that
those exist (docs/decisions/0010). Times are aware UTC on the server's clock; ``*_ms`` are the stream's own clock (epoch
milliseconds), to which a stream's ``clock_offset_ms`` is added to reach the server's.
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Session(models.Model):
    """One visit by one browser, across its windows."""

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+", db_index=False)
    uuid = models.UUIDField()  # made in the page
    secret_hash = models.BinaryField(max_length=32)  # SHA-256; fixed by the first write
    person = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="sessions")
    distinct_id = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    last_event_at = models.DateTimeField()
    last_received_at = models.DateTimeField()
    open_streams = models.IntegerField(default=0)  # streams whose page has not said FINAL
    entry_url = models.CharField(max_length=2048, blank=True)
    exit_url = models.CharField(max_length=2048, blank=True)
    title = models.CharField(max_length=300, blank=True)
    pages = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)
    rage_clicks = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)  # uncaught
    console_errors = models.PositiveIntegerField(default=0)
    failed_requests = models.PositiveIntegerField(default=0)
    custom_events = models.PositiveIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    activity = models.JSONField(default=list)  # counts of what the person did, per 10 s since started_at
    browser = models.CharField(max_length=60, blank=True)
    browser_version = models.CharField(max_length=30, blank=True)
    os = models.CharField(max_length=60, blank=True)
    device_type = models.CharField(max_length=10, blank=True)  # desktop, mobile, tablet
    user_agent = models.CharField(max_length=512, blank=True)
    viewport_width = models.PositiveIntegerField(default=0)
    viewport_height = models.PositiveIntegerField(default=0)
    language = models.CharField(max_length=40, blank=True)
    timezone = models.CharField(max_length=60, blank=True)
    properties = models.JSONField(default=dict)  # release, environment, flags, variants
    erased_at = models.DateTimeField(null=True)  # the row stays as the tombstone

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "uuid"], name="session_uuid")]
        indexes = [
            models.Index(fields=["project", "-started_at", "-id"], name="session_newest"),
            models.Index(fields=["project", "person", "-started_at"], name="session_person"),
            models.Index(fields=["project", "-last_received_at"], name="session_live"),
        ]


class Stream(models.Model):
    """One recorder's life in one document: own DOM, own seq."""

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+", db_index=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="streams")
    stream_id = models.CharField(max_length=32)
    window_id = models.CharField(max_length=16)
    next_seq = models.PositiveBigIntegerField(default=0)  # every seq below is kept
    end_seq = models.PositiveBigIntegerField(default=0, db_default=0)  # one past the highest seq kept
    segmented_upto = models.PositiveBigIntegerField(default=0)  # every seq below lives in segments
    fold_failures = models.PositiveSmallIntegerField(default=0, db_default=0)  # in a row, at the chunk after segmented_upto
    clock_offset_ms = models.FloatField(default=0)  # server clock − stream clock
    first_ms = models.FloatField()
    last_ms = models.FloatField()
    entry_url = models.CharField(max_length=2048, blank=True)
    recorder = models.CharField(max_length=20, blank=True)
    viewport_width = models.PositiveIntegerField(default=0)
    viewport_height = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)  # the page said FINAL

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "session", "stream_id"], name="stream_id_once")]
        indexes = [  # streams with a hole: few
            models.Index(fields=["id"], condition=models.Q(end_seq__gt=models.F("next_seq")), name="stream_holed")
        ]


class Pack(models.Model):
    """An object that holds many sessions' fresh chunks. Its row is committed before its bytes are put."""

    class State(models.TextChoices):
        OPEN = "open"  # bytes may or may not exist
        KEPT = "kept"  # bytes exist and chunks point at them
        SWEPT = "swept"  # no chunk may point here any more; bytes are being deleted

    key = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=5, choices=State.choices, default=State.OPEN)
    size_bytes = models.PositiveBigIntegerField(default=0)
    chunks = models.PositiveIntegerField(default=0)  # shares that live
    created_at = models.DateTimeField(default=timezone.now)
    swept_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "created_at"], name="pack_state")]


class Volume(models.Model):
    """An object that holds segments of one session. Its row is committed before its bytes are put; it lives as a pack does."""

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+", db_index=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=5, choices=Pack.State.choices, default=Pack.State.OPEN)
    size_bytes = models.PositiveBigIntegerField(default=0)
    segments = models.PositiveIntegerField(default=0)  # shares that live
    created_at = models.DateTimeField(default=timezone.now)
    swept_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "created_at"], name="volume_state"),
            models.Index(fields=["project", "session"], name="volume_session"),
        ]


class Chunk(models.Model):
    """A numbered batch of events, and where its bytes lie."""

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    stream = models.ForeignKey(Stream, models.CASCADE, related_name="chunks", db_constraint=False, db_index=False)
    seq = models.PositiveBigIntegerField()
    pack = models.ForeignKey(Pack, models.PROTECT, related_name="+")
    dom_offset = models.PositiveBigIntegerField()  # in the pack
    dom_length = models.PositiveIntegerField()
    dom_raw_length = models.PositiveIntegerField()
    dom_codec = models.PositiveSmallIntegerField()
    log_offset = models.PositiveBigIntegerField()
    log_length = models.PositiveIntegerField()
    log_raw_length = models.PositiveIntegerField()
    log_codec = models.PositiveSmallIntegerField()
    flags = models.PositiveSmallIntegerField()
    part_index = models.PositiveSmallIntegerField(default=0)
    part_count = models.PositiveSmallIntegerField(default=1)
    dom_events = models.PositiveIntegerField()
    first_ms = models.FloatField()
    last_ms = models.FloatField()
    wall_ms = models.FloatField()
    mono_ms = models.FloatField()
    hash = models.BinaryField(max_length=32)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "session", "stream", "seq"], name="chunk_once")]


class Segment(models.Model):
    """Consecutive chunks of a stream, folded into a byte range that opens with a keyframe and plays alone."""

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+", db_index=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="+", db_index=False)
    stream = models.ForeignKey(Stream, models.CASCADE, related_name="segments", db_index=False)
    first_seq = models.PositiveBigIntegerField()
    upto_seq = models.PositiveBigIntegerField()  # one past the last
    volume = models.ForeignKey(Volume, models.PROTECT, related_name="+")
    dom_offset = models.PositiveBigIntegerField()  # in the volume
    dom_length = models.PositiveIntegerField()
    dom_raw_length = models.PositiveIntegerField()  # before compression
    dom_codec = models.PositiveSmallIntegerField()
    dom_hash = models.BinaryField(max_length=32)  # SHA-256 of the bytes as stored
    log_offset = models.PositiveBigIntegerField()
    log_length = models.PositiveIntegerField()
    log_raw_length = models.PositiveIntegerField()
    log_codec = models.PositiveSmallIntegerField()
    log_hash = models.BinaryField(max_length=32)
    keyframe_events = models.PositiveIntegerField()  # of the dom body's events, how many are the keyframe; 0: it opens unseen
    dom_events = models.PositiveIntegerField()  # those that the page sent
    log_events = models.PositiveIntegerField()
    flags = models.PositiveSmallIntegerField()  # of all its chunks
    first_ms = models.FloatField()
    last_ms = models.FloatField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "session", "stream", "first_seq"], name="segment_once"),
        ]


class Asset(models.Model):
    """A stylesheet, font or image of a project, named by the hash of its bytes; its row is committed before them."""

    class State(models.TextChoices):
        WANTED = "wanted"  # a session shows it, and nobody has sent it yet
        KEPT = "kept"
        SWEPT = "swept"  # no session shows it any more; bytes are being deleted

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+", db_index=False)
    hash = models.BinaryField(max_length=32)  # SHA-256 of the bytes as the page had them
    kind = models.CharField(max_length=10)  # stylesheet, font, image
    media_type = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.WANTED)
    size_bytes = models.PositiveBigIntegerField(default=0)  # as the page had them
    stored_bytes = models.PositiveBigIntegerField(default=0)
    codec = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    swept_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "hash"], name="asset_once")]
        indexes = [models.Index(fields=["state", "created_at"], name="asset_state")]


class SessionAsset(models.Model):
    """That a session shows an asset; an asset goes with the last of these. Without one, it says what could not be had."""

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+", db_index=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="+", db_index=False)
    asset = models.ForeignKey(Asset, models.CASCADE, related_name="+", null=True)
    kind = models.CharField(max_length=10, blank=True, db_default="")  # of what could not be had
    reason = models.CharField(max_length=20, blank=True, db_default="")
    url = models.CharField(max_length=2048, blank=True)  # where the page had it from
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "session", "asset", "url"], name="session_asset_once"),
            models.UniqueConstraint(
                fields=["project", "session", "url"],
                condition=models.Q(asset__isnull=True),
                name="session_asset_missing_once",
            ),
        ]


class Gap(models.Model):
    """A span for which bytes are missing, with its reason."""

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+")
    session = models.ForeignKey(Session, models.CASCADE, related_name="gaps")
    stream = models.ForeignKey(Stream, models.CASCADE, related_name="gaps")
    first_seq = models.PositiveBigIntegerField()
    last_seq = models.PositiveBigIntegerField()
    first_ms = models.FloatField()
    last_ms = models.FloatField()
    reason = models.CharField(max_length=40)
    body = models.CharField(max_length=4)  # dom, log, both
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "session", "stream", "first_seq", "body"], name="gap_once")]


class Moment(models.Model):
    """A searchable point of a session: a click, an error, a failed request, a navigation, a custom event."""

    class Kind(models.TextChoices):
        NAVIGATION = "navigation"
        CLICK = "click"
        RAGE_CLICK = "rage_click"
        SUBMIT = "submit"
        ERROR = "error"
        CONSOLE_ERROR = "console_error"
        REQUEST_FAILED = "request_failed"
        CUSTOM = "custom"
        IDENTIFY = "identify"

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="moments", db_constraint=False, db_index=False)
    stream = models.ForeignKey(Stream, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    event_id = models.CharField(max_length=40)  # made in the page
    kind = models.CharField(max_length=16, choices=Kind.choices)
    at = models.DateTimeField()  # server clock
    at_ms = models.FloatField()  # stream clock
    text = models.CharField(max_length=300, blank=True)  # what a row shows: element, message, URL path, name
    url = models.CharField(max_length=2048, blank=True)  # the page, or the URL that failed
    data = models.JSONField(default=dict)  # bounded details: status, method, duration_ms, properties …

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "session", "stream", "event_id"], name="moment_once")]
        indexes = [
            models.Index(fields=["project", "-at", "-id"], name="moment_newest"),
            models.Index(fields=["project", "kind", "-at", "-id"], name="moment_kind"),
            models.Index(fields=["project", "session", "at"], name="moment_session"),
        ]


class Usage(models.Model):
    """How many bytes of chunks a project has brought on a day (UTC), all processes together."""

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+")
    day = models.DateField()
    size_bytes = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "day"], name="usage_once")]


class Import(models.Model):
    """A recording that somebody brings as a file: its parts wait in the store until a worker has made a session of it."""

    class State(models.TextChoices):
        UPLOADING = "uploading"  # parts are still coming
        WAITING = "waiting"  # for a worker
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"  # the file cannot be imported; code and detail say why
        CANCELLED = "cancelled"

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+", db_index=False)
    uuid = models.UUIDField(unique=True)
    name = models.CharField(max_length=200, blank=True)  # of the file
    distinct_id = models.CharField(max_length=200, blank=True)  # whom the session is put under; empty: as the file says
    state = models.CharField(max_length=9, choices=State.choices, default=State.UPLOADING)
    size_bytes = models.PositiveBigIntegerField()  # of the whole file, as it was announced
    received_bytes = models.PositiveBigIntegerField(default=0)  # contiguous, in the store
    parts = models.JSONField(default=list)  # the size of each part, in order; where it begins is in its key
    done_bytes = models.PositiveBigIntegerField(default=0)  # of what the file inflates to: read so far
    total_bytes = models.PositiveBigIntegerField(default=0)  # what the file inflates to; 0: not known yet
    events = models.PositiveBigIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)  # by workers; one that dies of it does not try for ever
    session = models.UUIDField(null=True)  # the session it became
    code = models.CharField(max_length=40, blank=True)  # why it failed
    detail = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now)  # a worker that is at it says so every few seconds
    swept_at = models.DateTimeField(null=True)  # it ended a while ago, and its parts are gone

    class Meta:
        indexes = [
            models.Index(fields=["project", "-created_at"], name="import_newest"),
            models.Index(fields=["state", "touched_at"], name="import_state"),
        ]
