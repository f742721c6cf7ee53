"""Which files a run reads, in what batches, and what came of each.

A file that the tables know is passed over, one that is still being written is left for a later run, and one that was read to its end is
entered in `files/` in the same commit as the last of its articles: a run that is killed reads its unfinished files again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

from transforms.article import Article, Record, Reject, content_hash
from transforms.inbox import Found, ReadFile, checksum, is_read, look_again, may_be_read, touched
from transforms.readers import Page
from transforms.readers import read_unparsed as read
from transforms.readers.manifest import ManifestRow, lookup
from transforms.store import Run

BATCH = 2000  # articles a task: Prefect's own work is half a percent of the time then, a tenth at a hundred; the bar moves once a batch
BATCH_CHARACTERS = 4_000_000  # the same for long articles, which bounds the memory
PAGE_WEIGHT = 4  # bytes of a page that count as a character: they are held once, and not long
BATCH_FILES = 10_000  # the same where files give nothing
QUIET = 2.0  # seconds that a file must have lain still: whoever writes one writes more often
RECENT = 100_000  # ids that are not yet put in order
MOST_REJECTS = 10_000  # listed one by one of one file; a file of ten million broken lines must not fill the memory, nor the table


@dataclass(frozen=True, slots=True)
class Told:
    """What the user says of all the files, or of each by a manifest; `max_bytes` is the limit of one record."""

    published: date | None
    outlet: str | None
    manifest: dict[str, ManifestRow]
    max_bytes: int

    def of(self, source_file: str) -> str:
        """A hash of what is said of one file: said otherwise, the file is read again."""
        row = lookup(self.manifest, source_file) if self.manifest else None
        said = (self.published, self.outlet, row and row.published, row and row.outlet, row and row.url, self.max_bytes)
        return content_hash(*(None if part is None else str(part) for part in said))


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to read: what is told of it, as a hash, and what is known of it where the same content need not be read again."""

    found: Found
    told: str
    earlier: ReadFile | None


@dataclass(slots=True)
class Intake:
    """The files of a run: those to read, those that the tables know just as they are, and the paths of those still being written."""

    fresh: list[Entry] = field(default_factory=list)
    known: list[ReadFile] = field(default_factory=list)
    growing: list[str] = field(default_factory=list)


def take_in(files: Sequence[Found], known: Mapping[str, ReadFile], told: Told, run: Run) -> Intake:
    """Part the files by whether they are to be read. Waits QUIET seconds where some were changed a moment ago."""
    rules = rules_of(run)
    said_of_all = None if told.manifest else told.of("")
    intake, fresh = Intake(), []
    for found in files:
        earlier, said = known.get(found.source_file), said_of_all or told.of(found.source_file)
        if earlier is not None and is_read(found, earlier, said, rules):
            intake.known.append(earlier)
        else:
            fresh.append(Entry(found, said, earlier if may_be_read(earlier, said, rules) else None))
    young = {entry.found.source_file for entry in fresh if time.time_ns() - entry.found.modified_ns < QUIET * 1e9}
    if young:
        time.sleep(QUIET)
    for entry in fresh:
        if entry.found.source_file in young and not _lies_still(entry.found):
            intake.growing.append(entry.found.source_file)
        else:
            intake.fresh.append(entry)
    return intake


def opened_again(folders: Sequence[str], known: Mapping[str, ReadFile], run: Run) -> list[ReadFile]:
    """Folders that could not be opened by an earlier run and can now: they have no rejects any more."""
    mended = [known[folder] for folder in folders if folder in known and known[folder].rejects]
    return [replace(folder, rejects=0, rules_version=rules_of(run)) for folder in mended]


def rules_of(run: Run) -> str:
    """What rejects depend on: the readers, which change with the version of tollbook, and the rules of the extraction."""
    return f"{version('tollbook')}.{run.rules_version}"


def _lies_still(found: Found) -> bool:
    return look_again(found.path, found.source_file) == found


def unmatched(manifest: dict[str, ManifestRow], files: Sequence[Found]) -> list[str]:
    """What the manifest names and is not among the files."""
    if not manifest:
        return []
    matched = {row.file for found in files if (row := lookup(manifest, found.source_file))}
    return sorted(manifest.keys() - matched)


# --- batches -----------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Batch:
    """Records of some files. `size` is the bytes of the files that it stands for; `read` are the files that end in it, with their
    hashes, `same` those that have another time but the same content, `growing` those that somebody wrote to meanwhile."""

    items: list[Record | Reject | Page] = field(default_factory=list)
    characters: int = 0
    size: int = 0
    read: list[tuple[Entry, str | None]] = field(default_factory=list)
    same: list[ReadFile] = field(default_factory=list)
    growing: list[str] = field(default_factory=list)

    def add(self, other: Batch) -> None:
        self.items += other.items
        self.characters += other.characters
        self.size += other.size
        self.read += other.read
        self.same += other.same
        self.growing += other.growing

    @property
    def full(self) -> bool:
        files = len(self.read) + len(self.same) + len(self.growing)
        return len(self.items) >= BATCH or self.characters >= BATCH_CHARACTERS or files >= BATCH_FILES


def batches(fresh: Sequence[Entry], max_bytes: int) -> Iterator[Batch]:
    """The files' records in batches of about BATCH."""
    batch = Batch()
    for entry in fresh:
        for piece in _pieces(entry, max_bytes):
            batch.add(piece)
            if batch.full:
                yield batch
                batch = Batch()
    if batch != Batch():
        yield batch


def _pieces(entry: Entry, max_bytes: int) -> Iterator[Batch]:
    """One file, BATCH records at a time; the last of them only when it is certain that nobody wrote to the file meanwhile."""
    found, left = entry.found, entry.found.bytes
    sha256 = checksum(found.path)
    if entry.earlier is not None and entry.earlier.sha256 == sha256:
        yield Batch(size=left, same=[touched(entry.earlier, found)])
        return
    piece = Batch()
    for item in read(Path(found.path), max_bytes=max_bytes):
        if piece.full:
            piece.size = min(piece.characters, left)  # a packed file has more characters than bytes
            left -= piece.size
            yield piece
            piece = Batch()
        piece.items.append(item)
        piece.characters += len(item.body) if isinstance(item, Record) else len(item.data) // PAGE_WEIGHT if isinstance(item, Page) else 0
    if _lies_still(found):
        piece.size, piece.read = left, [(entry, sha256)]
        yield piece
    else:
        yield Batch(size=left, growing=[found.source_file])


# --- which articles were met -------------------------------------------------------------------------------------------------------


class Met:
    """The ids of the articles that a run has met, in eight bytes each: a set of them takes 120, and a run may meet millions."""

    def __init__(self) -> None:
        self._recent: set[int] = set()
        self._earlier = np.empty(0, np.uint64)  # in order

    def again(self, article_id: str) -> bool:
        """Whether the article was met before; it is now."""
        number = int(article_id, 16)
        at = int(self._earlier.searchsorted(np.uint64(number)))
        if number in self._recent or (at < len(self._earlier) and int(self._earlier[at]) == number):
            return True
        self._recent.add(number)
        if len(self._recent) > max(RECENT, len(self._earlier) // 10):
            recent = np.fromiter(self._recent, np.uint64, len(self._recent))
            self._earlier = np.sort(np.concatenate([self._earlier, recent]))
            self._recent.clear()
        return False


# --- what came of each file --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Ledger:
    """What came of the files. A file's rejects are held until it was read to its end, and are all that it has then.

    `files`, `same` and `rejects` wait to be committed; `found` counts the articles of files that are still open, `held` has their rejects,
    `further` counts those beyond MOST_REJECTS by file and reason.
    """

    files: list[ReadFile] = field(default_factory=list)
    same: list[ReadFile] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    held: dict[str, list[Reject]] = field(default_factory=dict)
    further: Counter[tuple[str, str]] = field(default_factory=Counter)

    def enter(self, built: Iterable[Article | Reject], failed: Iterable[Reject]) -> None:
        """What became of a batch's records; `failed` are articles of it that gave no claims but an error."""
        for item in built:
            if isinstance(item, Article):
                self.found[item.source_file] += 1
            else:
                self._hold(item)
        for reject in failed:
            self.found[reject.source_file] -= 1
            self._hold(reject)

    def _hold(self, reject: Reject) -> None:
        held = self.held.setdefault(reject.source_file, [])
        if len(held) < MOST_REJECTS:
            held.append(reject)
        else:
            self.further[reject.source_file, reject.reason] += 1

    def close(self, batch: Batch, run: Run) -> None:
        """Settle the files that end in the batch."""
        self.same += batch.same
        for entry, sha256 in batch.read:
            found = entry.found
            rejects, articles = self._settle(found.source_file)
            self.rejects += rejects
            stands = (found.source_file, found.bytes, found.modified_ns, sha256, entry.told, articles, len(rejects))
            self.files.append(ReadFile(*stands, rules_of(run)))
        for source_file in batch.growing:
            self._settle(source_file)

    def _settle(self, source_file: str) -> tuple[list[Reject], int]:
        rejects = self.held.pop(source_file, [])
        if len(rejects) >= MOST_REJECTS:
            for key in [key for key in self.further if key[0] == source_file]:
                rejects.append(Reject(source_file, None, key[1], f"{self.further.pop(key):,} further records of this file"))
        return rejects, self.found.pop(source_file, 0)

    @property
    def waiting(self) -> int:
        """How much there is to commit."""
        return max(len(self.files) + len(self.same), len(self.rejects))
