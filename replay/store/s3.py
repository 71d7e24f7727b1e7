"""Blobs in an S3-compatible bucket, through the client that django-storages sets up."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from replay.store.base import NotFound, StoreError, StoreFull, StoreUnavailable
from replay.store.keys import checked

CONNECT_TIMEOUT_S: Final = 3
READ_TIMEOUT_S: Final = 10
ATTEMPTS: Final = 2  # the recorder tries again anyway; a long wait here only holds bytes
CONNECTIONS: Final = 32
_ABSENT: Final = frozenset({"404", "NoSuchKey", "NotFound", "InvalidRange", "416"})
_FULL: Final = frozenset({"507", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull", "StorageFull"})


class S3Store:
    def __init__(self, *, endpoint_url: str, bucket: str, region: str, access_key: str, secret_key: str) -> None:
        storage = S3Storage(
            access_key=access_key or None,
            secret_key=secret_key or None,
            bucket_name=bucket,
            region_name=region,
            endpoint_url=endpoint_url or None,
            client_config=Config(
                connect_timeout=CONNECT_TIMEOUT_S,
                read_timeout=READ_TIMEOUT_S,
                retries={"max_attempts": ATTEMPTS, "mode": "standard"},
                max_pool_connections=CONNECTIONS,
                s3={"addressing_style": "path"} if endpoint_url else {},  # most self-run stores have no wildcard DNS
                signature_version="s3v4",
                request_checksum_calculation="when_required",  # older stores choke on CRC trailers; Content-MD5 guards puts
                response_checksum_validation="when_required",
            ),
        )
        self._client: Any = storage.connection.meta.client  # one for all threads: clients are thread-safe, resources are not
        self._bucket = bucket

    def put(self, key: str, data: bytes) -> None:
        md5 = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        self._ask(key, "put_object", Key=checked(key), Body=data, ContentMD5=md5)

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        if length == 0:
            if not self.exists(key):
                raise NotFound(key)
            return b""
        extra = (
            {} if not start and length is None else {"Range": f"bytes={start}-{'' if length is None else start + length - 1}"}
        )
        try:
            data: bytes = self._ask(key, "get_object", Key=checked(key), **extra)["Body"].read()
        except (BotoCoreError, OSError) as error:
            raise StoreUnavailable(key, type(error).__name__) from error
        if length is not None and len(data) != length:
            raise NotFound(key, "that range")
        return data

    def delete(self, key: str) -> None:
        self._ask(key, "delete_object", Key=checked(key))

    def exists(self, key: str) -> bool:
        try:
            self._ask(key, "head_object", Key=checked(key))
        except NotFound:
            return False
        return True

    def keys(self, prefix: str) -> Iterator[str]:
        token: dict[str, str] = {}
        while True:
            page = self._ask(prefix, "list_objects_v2", Prefix=prefix, **token)
            yield from (item["Key"] for item in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def check(self) -> None:
        try:
            self._ask(self._bucket, "head_bucket")
        except NotFound as error:
            raise StoreUnavailable(self._bucket, "no such bucket") from error

    def make_bucket(self) -> None:
        """Make the bucket where it is missing; who makes it first, wins."""
        try:
            self._ask(self._bucket, "head_bucket")
        except NotFound:
            try:
                self._client.create_bucket(Bucket=self._bucket)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                    raise StoreUnavailable(self._bucket, "cannot make the bucket") from error

    def _ask(self, key: str, operation: str, **arguments: Any) -> Any:
        try:
            return getattr(self._client, operation)(Bucket=self._bucket, **arguments)
        except ClientError as error:
            raise _refusal(key, str(error.response.get("Error", {}).get("Code", ""))) from error
        except (BotoCoreError, OSError) as error:
            raise StoreUnavailable(key, type(error).__name__) from error


def _refusal(key: str, code: str) -> StoreError:
    """Return what an S3 error code means; what we do not know may pass."""
    if code in _ABSENT:
        return NotFound(key)
    return StoreFull(key, code) if code in _FULL else StoreUnavailable(key, code)
