"""Persons, and the distinct_ids behind which they stand."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class Person(models.Model):
    """Who stands behind one or more distinct_ids of a project."""

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+")
    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    properties = models.JSONField(default=dict, blank=True)
    is_identified = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "uuid"], name="person_uuid")]
        indexes = [models.Index(fields=["project", "-created_at", "-id"], name="person_newest")]


class DistinctId(models.Model):
    """A string that the customer gives for a visitor; anonymous until identify."""

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+")
    distinct_id = models.CharField(max_length=200)
    person = models.ForeignKey(Person, models.CASCADE, related_name="distinct_ids")
    is_anonymous = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "distinct_id"], name="distinct_id_once")]
