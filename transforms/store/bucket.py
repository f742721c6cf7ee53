"""A bucket of an S3 service as the place of tables: objects are replaced whole, and the lock is an object put on a condition.

The lock is a lease. Its holder renews it; one that was not renewed for LEASE seconds, by the clock of the service alone, is taken over. It
is put only in the place of the very lock that was seen, so that of several who want it one gets it.
"""

from __future__ import annotations

import io
import json
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import BotoCoreError, ClientError

from transforms.store.place import LOCK, PATIENCE, ROWS, TablesLocked

LEASE, RENEWAL = 30.0, 8.0  # seconds
PAUSE = 0.5  # seconds between two looks at another's lock

log = logging.getLogger("tollbook")


@dataclass(frozen=True, slots=True)
class Lease:
    """The lock as it was seen: the tag of its state, who holds it (null: nobody), how many seconds ago it was put."""

    tag: str
    holder: dict[str, str] | None
    age: float


class Bucket:
    """Tables under a prefix of a bucket. Address and credentials of the service come from where boto3 takes them."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self.client, self.bucket, self.prefix = client, bucket, prefix
        self._tag: str | None = None  # of the lock while it is held here
        self._renewing = threading.Lock()

    @classmethod
    def at(cls, address: str) -> Bucket:
        bucket, _, prefix = address.removeprefix("s3://").strip("/").partition("/")
        if not bucket:
            raise OSError(f"{address}: no bucket; write s3://bucket/prefix")
        return cls(boto3.client("s3"), bucket, f"{prefix}/" if prefix else "")

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @contextmanager
    def _asking(self, path: str) -> Iterator[None]:
        """What the service or the way to it refuses, as an error of files."""
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("404", "NoSuchKey", "NotFound"):
                raise FileNotFoundError(f"{self}/{path} does not exist") from error
            if code in ("412", "PreconditionFailed", "409", "ConditionalRequestConflict"):
                raise BlockingIOError(f"{self}/{path} was replaced meanwhile; try again") from error
            raise OSError(f"{self}/{path}: {error}; check address, credentials and rights") from error
        except BotoCoreError as error:
            raise OSError(f"{self}/{path}: {error}; check address, credentials and rights") from error

    def check(self) -> None:
        with self._asking(""):
            self.client.head_bucket(Bucket=self.bucket)

    # --- reading -------------------------------------------------------------------------------------------------------------------

    def _objects(self, prefix: str) -> dict[str, str]:
        """Tag by path of what lies under the prefix."""
        with self._asking(prefix):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix + prefix)
            return {item["Key"][len(self.prefix) :]: item["ETag"] for page in pages for item in page.get("Contents", ())}

    def stamps(self, table: str) -> dict[str, Hashable]:
        found = self._objects(f"{table}/")
        return {path: tag for path, tag in sorted(found.items()) if _is_file(path)}

    def strangers(self, table: str) -> list[str]:
        return sorted(path for path in self._objects(f"{table}/") if not _is_file(path))

    def parquet(self, path: str) -> pq.ParquetFile | None:
        try:
            with self._asking(path):
                head = self.client.head_object(Bucket=self.bucket, Key=self.prefix + path)
            return pq.ParquetFile(pa.PythonFile(_Object(self, path, head["ETag"], head["ContentLength"]), "r"), pre_buffer=True)
        except FileNotFoundError:
            return None
        except pa.ArrowInvalid as error:
            raise OSError(f"{self}/{path} cannot be read ({error}); put back a copy of it") from error

    def read(self, path: str, tag: str, first: int, last: int) -> bytes:
        """Bytes of an object, both ends inclusive, if it is still the one with that tag."""
        with self._asking(path):
            got = self.client.get_object(Bucket=self.bucket, Key=self.prefix + path, IfMatch=tag, Range=f"bytes={first}-{last}")
            content: bytes = got["Body"].read()
            return content

    def text(self, path: str) -> str | None:
        try:
            with self._asking(path):
                content: bytes = self.client.get_object(Bucket=self.bucket, Key=self.prefix + path)["Body"].read()
            return content.decode("utf-8")
        except FileNotFoundError:
            return None

    # --- writing -------------------------------------------------------------------------------------------------------------------

    def found(self, table: str, path: str, rows: pa.Table) -> None:
        if not self._objects(f"{table}/"):
            self.write(path, rows)

    def write(self, path: str, rows: pa.Table) -> None:
        buffer = io.BytesIO()
        pq.write_table(rows, buffer, compression="zstd", row_group_size=ROWS)
        self._put(path, buffer.getvalue())

    def write_text(self, path: str, text: str) -> None:
        self._put(path, text.encode("utf-8"))

    def _put(self, path: str, content: bytes, **condition: str) -> str:
        """Put an object, under a condition if one is given; the tag that it has now. Raises BlockingIOError where the condition fails."""
        with self._asking(path):
            tag: str = self.client.put_object(Bucket=self.bucket, Key=self.prefix + path, Body=content, **condition)["ETag"]
            return tag

    def move(self, path: str, to: str) -> bool:
        try:
            with self._asking(path):
                source = {"Bucket": self.bucket, "Key": self.prefix + path}
                self.client.copy_object(Bucket=self.bucket, Key=self.prefix + to, CopySource=source)
        except FileNotFoundError:
            return False
        self.remove(path)
        return True

    def remove(self, path: str) -> None:
        with self._asking(path):
            self.client.delete_object(Bucket=self.bucket, Key=self.prefix + path)

    def keep(self, tables: set[str]) -> None:
        """What the service has taken it keeps."""

    def clear(self) -> None:
        for path in self._objects(""):
            if path.rpartition("/")[2].startswith(".") and path.endswith(".tmp"):
                self.remove(path)

    # --- one writer at a time ------------------------------------------------------------------------------------------------------

    @contextmanager
    def locked(self, wait: float) -> Iterator[None]:
        self._tag = self._acquire(wait)
        over = threading.Event()
        renewal = threading.Thread(target=self._renew, args=(over,), daemon=True)
        renewal.start()
        try:
            yield
        finally:
            over.set()
            renewal.join()
            tag, self._tag = self._tag, None
            if tag is not None:
                self._swap(tag, {})  # if it fails, somebody has taken the lock over

    def confirm(self) -> None:
        """Renew the lock at once: who has it still has LEASE seconds from here."""
        with self._renewing:
            if self._tag is not None:
                self._tag = self._swap(self._tag, _me())
            if self._tag is None:
                raise TablesLocked(f"{self}: the lock was lost, since it was not renewed in time; nothing was changed, run again")

    @contextmanager
    def unchanged(self, wait: float) -> Iterator[None]:
        began = time.monotonic()
        while (lease := self._lease()) is not None and lease.holder is not None and lease.age < LEASE:
            if time.monotonic() - began >= wait:
                raise TablesLocked(self._blocked(lease, wait))
            time.sleep(PAUSE)
        yield
        now = self._lease()
        if now is not None and (lease is None or now.tag != lease.tag):
            raise TablesLocked(f"{self} was written while it was read; run again")

    def _acquire(self, wait: float) -> str:
        """The tag of the lock, which is ours now."""
        began, told = time.monotonic(), False
        while True:
            lease = self._lease()
            if lease is None or lease.holder is None or lease.age >= LEASE:
                tag = self._swap(lease.tag if lease else None, _me())
                if tag is not None:
                    if lease is not None and lease.holder is not None:
                        log.info("%s: the lock of %s was not renewed for %d seconds and is taken over", self, _who(lease), lease.age)
                    return tag
                if time.monotonic() - began >= wait:
                    what = "others were quicker each time, or the service takes no conditional puts (If-Match, If-None-Match)"
                    raise TablesLocked(f"{self}: the lock could not be had in {wait:g} seconds, though it is free: {what}; try again later")
                time.sleep(PAUSE)
                continue
            waited = time.monotonic() - began
            if waited >= wait:
                raise TablesLocked(self._blocked(lease, wait))
            if waited >= PATIENCE and not told:
                log.info("%s is being written by %s; waiting up to %g seconds", self, _who(lease), wait)
                told = True
            time.sleep(PAUSE)

    def _lease(self) -> Lease | None:
        try:
            with self._asking(LOCK):
                got = self.client.get_object(Bucket=self.bucket, Key=self.prefix + LOCK)
                content = got["Body"].read()
        except FileNotFoundError:
            return None
        now = parsedate_to_datetime(got["ResponseMetadata"]["HTTPHeaders"]["date"])  # of the service, as LastModified is
        holder = json.loads(content)
        return Lease(got["ETag"], holder if "pid" in holder else None, (now - got["LastModified"]).total_seconds())

    def _swap(self, tag: str | None, holder: dict[str, str]) -> str | None:
        """Put the lock in the place of the one with that tag, or of none; its new tag, null where another was quicker."""
        content = json.dumps({**holder, "token": secrets.token_hex(8)}).encode()
        try:
            return self._put(LOCK, content, **({"IfMatch": tag} if tag else {"IfNoneMatch": "*"}))
        except (BlockingIOError, FileNotFoundError):
            return None

    def _renew(self, over: threading.Event) -> None:
        while not over.wait(RENEWAL):
            with self._renewing:
                if self._tag is None:
                    return
                try:
                    self._tag = self._swap(self._tag, _me())
                except OSError as error:
                    log.warning("%s: the lock could not be renewed: %s", self, error)

    def _blocked(self, lease: Lease, wait: float) -> str:
        return f"{self} is being written by {_who(lease)}; waited {wait:g} seconds, try again later"


class _Object(io.RawIOBase):
    """An object as a file that is read in pieces, all of them of one state."""

    def __init__(self, bucket: Bucket, path: str, tag: str, size: int) -> None:
        self._bucket, self._path, self._tag, self._size, self._at = bucket, path, tag, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def size(self) -> int:
        return self._size

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._at + size, self._size)
        if end <= self._at:
            return b""
        content = self._bucket.read(self._path, self._tag, self._at, end - 1)
        self._at = end
        return content


def _is_file(path: str) -> bool:
    name = path.rpartition("/")[2]
    return path.count("/") == 1 and name.endswith(".parquet") and name[0] not in "._"


def _me() -> dict[str, str]:
    return {"pid": str(os.getpid()), "host": socket.gethostname(), "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"}


def _who(lease: Lease) -> str:
    holder = lease.holder or {}
    return f"process {holder.get('pid')} on {holder.get('host')} since {holder.get('since')}"
