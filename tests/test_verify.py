"""`tollbook verify`: clean tables pass, and each kind of damage is named with its file and row."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.conftest import a_run, an_article
from tests.test_cli import invoke
from tests.test_store import put
from transforms.article import Reject
from transforms.claims import extract
from transforms.derive import derive
from transforms.inbox import ReadFile
from transforms.schema import DERIVED, arrow_schema
from transforms.store import commit, open_tables, read_files, replace_derived, withdraw
from transforms.store.verify import verify

TEXT = "Shells hit the town of Harra on Sunday. At least 12 people were killed, including three children, and 40 wounded, police said."
OCTOBER = "2016-10.parquet"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two months, a revised article, a withdrawn one, one told otherwise: everything that history can hold. Two files with rejects."""
    root = tmp_path_factory.mktemp("sound") / "t"
    days = (date(2016, 10, 3), date(2016, 11, 3), date(2016, 11, 3))
    some = [an_article(f"{TEXT} That was report {n}.", published=day, url=f"https://a.example/{n}") for n, day in enumerate(days)]
    later = an_article(f"{TEXT} A medic was killed too.", url="https://a.example/0")
    put(root, a_run(1), *[(article, extract(article)) for article in some])
    put(root, a_run(2), (later, extract(later)))
    told = replace(some[1], outlet="courier")
    put(root, a_run(3), (told, extract(told)))
    withdraw(open_tables(root), a_run(4), [some[2].article_id], "a test")
    rejects = [Reject("a.jsonl", None, "truncated"), Reject("a.jsonl", 7, "no_text"), Reject("b.jsonl", 1, "no_text")]
    files = [ReadFile(name, 9, 1, "0" * 64, "told", 2, number, "rules") for name, number in (("a.jsonl", 2), ("b.jsonl", 1), ("c.txt", 0))]
    commit(open_tables(root), a_run(5), rejects=rejects, files=files)
    return root


@pytest.fixture
def tables(sound: Path, tmp_path: Path) -> Path:
    """A copy of them to be damaged."""
    return Path(shutil.copytree(sound, tmp_path / "t"))


def test_sound_tables_pass(tables: Path) -> None:
    assert [str(problem) for problem in verify(tables)] == []
    assert len(pd.read_parquet(tables / "claims_history")) > 6 and pd.read_parquet(tables / "claims")["subset_of"].notna().any()
    status, out, _ = invoke("verify", "--tables", str(tables))
    assert (status, out) == (0, f"{tables}: all is well\n")


def edited(path: Path, change: Callable[[list[dict[str, Any]]], Any]) -> None:
    """Change a file's rows by hand, keeping its schema."""
    rows = pq.read_table(path).to_pylist()
    rows = change(rows) or rows
    pq.write_table(pa.Table.from_pylist(rows, pq.read_schema(path)), path)


def setting(row: int, **values: Any) -> Callable[[list[dict[str, Any]]], None]:
    return lambda rows: rows[row].update(values)


def lengthened(rows: list[dict[str, Any]]) -> None:
    rows[0]["text"] += "!"


def doubled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [rows[0], *rows]


def part_of_itself(rows: list[dict[str, Any]]) -> None:
    rows[0]["subset_of"] = rows[0]["claim_id"]


def beyond_the_text(rows: list[dict[str, Any]]) -> None:
    rows[0]["sentence_end"] = 100_000


DAMAGE = {
    "text": ("articles", lengthened, "the text is not the one that was read"),
    "quote": ("claims", setting(0, sentence="Nobody was killed."), "sentence is not what the article says at"),
    "sentence place": ("claims", setting(0, sentence_start=1), "sentence is not what the article says at 1 to"),
    "count text": ("claims", setting(1, count_text="30"), "count_text is not what the article says"),
    "count place": ("claims", beyond_the_text, "are no place in a text of"),
    "bounds": ("claims", setting(0, count_min=15, count_max=9), "count_min 15 is above count_max 9"),
    "dates": ("claims", setting(0, date_start=None), "one of date_start and date_end is null"),
    "summable": ("claims", setting(0, summable=False), "summable is not what"),
    "link": ("claims", setting(0, repeat_of="0" * 16), "repeat_of 0000000000000000 is no claim of its article"),
    "own part": ("claims", part_of_itself, "subset_of is the claim itself"),
    "lost article": ("articles", lambda rows: rows[:1], "its article is not in the file of the same month"),
    "lost claim": ("claims", lambda rows: rows[:-1], "claims, but"),
    "lost parent": ("claims", lambda rows: [row for row in rows if row["subset_of"]], "is no claim of its article"),
    "twice": ("claims", doubled, "stands more than once in the table"),
    "article twice": ("articles", doubled, "stands more than once in the table"),
    "order": ("claims", lambda rows: rows[::-1], "the rows are not in the order of"),
    "dead version": ("articles", lambda rows: [row | {"superseded_by": "f" * 16} for row in rows], "is no article of the tables"),
    "copied month": ("claims", setting(0, outlet="courier"), "published or outlet is not that of its article"),
    "times": ("claims_history", lambda rows: [row | {"retracted_at": row["recorded_at"].replace(year=2001)} for row in rows], "is after"),
    "reason": ("claims_history", setting(0, reason="because"), "no known reason (because)"),
    "history twice": ("claims_history", doubled, "the same row stands twice"),
    "vocabulary": ("claims", None, "column harm: 'vexed' is not one of"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named(tables: Path, kind: str) -> None:
    table, change, said = DAMAGE[kind]
    path = tables / table / OCTOBER
    if change is None:
        rows = pq.read_table(path)
        words = pa.array(["vexed", *rows["harm"].cast(pa.string()).to_pylist()[1:]])
        pq.write_table(rows.set_column(rows.schema.get_field_index("harm"), "harm", words.dictionary_encode()), path)
    else:
        edited(path, change)
    told = [str(problem) for problem in verify(tables)]
    assert any(said in line and OCTOBER in line for line in told), told
    status, out, err = invoke("verify", "--tables", str(tables))
    assert status == 1 and said in out and "problems in" in err and "put back a copy" in out


DAMAGE_OF_FILES = {
    "lost reject": ("rejects", lambda rows: rows[1:], "file a.jsonl: it has 2 rejects, but 1 are in the table rejects"),
    "reject twice": ("rejects", doubled, "reject of a.jsonl: it stands more than once in the table"),
    "no record": ("rejects", setting(1, record=0), "there is no record 0"),
    "reject's time": ("rejects", lambda rows: [row | {"run_id": a_run(9).run_id} for row in rows], "first_seen is not the start of"),
    "order of rejects": ("rejects", lambda rows: rows[::-1], "the rows are not in the order of source_file, record, reason"),
    "file twice": ("files", doubled, "file a.jsonl: it stands more than once in the table"),
    "negative": ("files", setting(0, bytes=-1), "a negative number"),
    "no run": ("files", setting(0, run_id="x"), "run_id x is none of a run"),
    "order of files": ("files", lambda rows: rows[::-1], "the rows are not in the order of source_file"),
}


@pytest.mark.parametrize("kind", DAMAGE_OF_FILES)
def test_damage_to_what_is_known_of_files_is_named(tables: Path, kind: str) -> None:
    table, change, said = DAMAGE_OF_FILES[kind]
    edited(tables / table / f"{table}.parquet", change)
    told = [str(problem) for problem in verify(tables)]
    assert any(said in line for line in told) and not any(line.startswith(("articles", "claims")) for line in told), told


def test_a_lost_table_of_files_is_named_and_the_next_commit_founds_it(tables: Path) -> None:
    (tables / "files" / "files.parquet").unlink()
    (tables / "files").rmdir()
    (problem,) = verify(tables)
    assert problem.file == "files" and "reads all files again" in problem.remedy
    assert read_files(open_tables(tables).place) == {}
    commit(open_tables(tables), a_run(6))
    assert not list(verify(tables))


def test_a_file_that_is_cut_short_lost_or_of_another_schema_is_named(tables: Path) -> None:
    content = (tables / "claims" / OCTOBER).read_bytes()
    (tables / "claims" / OCTOBER).write_bytes(content[: len(content) // 2])
    rows = pq.read_table(tables / "articles" / "2016-11.parquet")
    pq.write_table(rows.drop_columns(["language"]), tables / "articles" / "2016-11.parquet")
    pq.write_table(pq.read_table(tables / "runs").slice(0) if (tables / "runs").exists() else rows, tables / "rejects" / "rejects.parquet")
    told = "\n".join(map(str, verify(tables)))
    assert f"claims/{OCTOBER}: " in told and "cannot be read" in told
    assert "table rejects: these columns are missing" in told
    assert "table articles: these columns are missing, unknown or there twice: language" in told


@pytest.mark.parametrize(("lost", "said"), [("articles", "its article is not in the file"), ("claims", "but 0 are in the table claims")])
def test_a_lost_file_is_named_by_what_it_held(tables: Path, lost: str, said: str) -> None:
    (tables / lost / OCTOBER).unlink()
    assert any(said in problem.what for problem in verify(tables))


def test_a_column_of_another_type_is_named(tables: Path) -> None:
    path = tables / "claims" / OCTOBER
    rows = pq.read_table(path)
    at = rows.schema.get_field_index("count")
    pq.write_table(rows.set_column(at, "count", pc.cast(rows["count"], pa.float64())), path)
    assert [problem.what for problem in verify(tables)] == ["columns of another type or in another order: count"]


def test_what_pandas_wrote_is_named(tables: Path) -> None:
    path = tables / "claims" / OCTOBER
    pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    assert [problem.what for problem in verify(tables)] == ["the file lacks the dtypes for pandas: another tool has written it"]


def test_what_lies_about_is_named(tables: Path) -> None:
    (tables / "claims" / "notes.txt").write_text("mine")
    (tables / "claims" / ".2016-10.parquet.tmp").write_text("half")
    (tables / "files" / "copy.parquet").write_bytes((tables / "files" / "files.parquet").read_bytes())
    (tables / ".journal.json").write_text("[]")
    told = {problem.file: problem for problem in verify(tables)}
    assert set(told) == {"claims/notes.txt", "claims/.2016-10.parquet.tmp", "files/copy.parquet", ".journal.json"}
    assert told["claims/notes.txt"].remedy == "move it elsewhere" and "run tollbook ingest" in told[".journal.json"].remedy


@pytest.fixture
def linked(tables: Path) -> Path:
    replace_derived(tables, derive(tables, a_run(6).started).tables)
    return tables


def test_sound_derived_tables_pass(linked: Path) -> None:
    assert [str(problem) for problem in verify(linked)] == []
    assert pd.read_parquet(linked / "estimates")["best_claim_ids"].notna().any() and len(pd.read_parquet(linked / "incident_claims"))


@pytest.mark.parametrize("table", DERIVED)
def test_damage_to_a_derived_table_is_named(linked: Path, table: str) -> None:
    path = linked / table / f"{table}.parquet"
    sound = path.read_bytes()
    path.write_bytes(sound[: len(sound) // 2])
    (problem,) = verify(linked)
    assert problem.file == f"{table}/{table}.parquet" and "cannot be read" in problem.what
    assert ("put back" if table == "incident_changes" else "tollbook incidents") in problem.remedy
    path.write_bytes(sound)
    pq.write_table(pq.read_table(path).drop_columns([arrow_schema(table).names[-1]]), path)
    assert [arrow_schema(table).names[-1] in problem.what for problem in verify(linked)] == [True]
    path.unlink()
    assert [(problem.file, problem.what) for problem in verify(linked)] == [(table, "the table has no file")]
    path.write_bytes(sound)
    (linked / table / "copy.parquet").write_bytes(sound)
    (linked / table / "notes.txt").write_text("mine")
    assert {(p.file, p.remedy) for p in verify(linked)} == {
        (f"{table}/{name}", "move it elsewhere") for name in ("copy.parquet", "notes.txt")
    }


def test_derived_tables_that_name_claims_which_no_longer_stand_are_told(linked: Path) -> None:
    article = pd.read_parquet(linked / "claims")["article_id"].iloc[0]
    withdraw(open_tables(linked), a_run(7), [article], "a test")
    told = list(verify(linked))
    assert {problem.file.split("/")[0] for problem in told} >= {"incident_claims", "tolls", "estimates"}
    assert {problem.remedy for problem in told} <= {"run tollbook incidents", "put back a copy of the file from before the damage"}
    assert all("no such claim stands" in problem.what for problem in told)
    replace_derived(linked, derive(linked, a_run(8).started).tables)
    assert not list(verify(linked))


def test_tables_that_are_none_or_of_another_version(tmp_path: Path, tables: Path) -> None:
    status, out, _ = invoke("verify", "--tables", str(tmp_path / "none"))
    assert status == 1 and "has no tables" in out
    (tables / ".tollbook.json").write_text(json.dumps({"version": 99}))
    status, _, err = invoke("verify", "--tables", str(tables))
    assert status == 3 and "table version 99" in err
    (tables / ".tollbook.json").write_text("{")
    status, out, _ = invoke("verify", "--tables", str(tables))
    assert status == 1 and "the marker of the tables is broken" in out


def test_many_rows_with_one_trouble_are_told_in_short(tables: Path) -> None:
    edited(tables / "claims" / OCTOBER, lambda rows: [row | {"outlet": "courier"} for row in rows * 4])
    told = [problem for problem in verify(tables) if "published or outlet" in problem.what]
    assert len(told) == 6 and told[-1].row is None and "more rows: published or outlet" in told[-1].what


def test_every_file_has_the_one_schema(tables: Path) -> None:
    for table in ("articles", "articles_history", "claims", "claims_history"):
        for path in (tables / table).iterdir():
            assert pq.read_schema(path).equals(arrow_schema(table), check_metadata=True)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_months(tmp_path: Path) -> None:
    def peak(months: int) -> int:
        root = tmp_path / str(months)
        days = [date(2000 + n // 12, 1 + n % 12, 2) for n in range(months)]
        filler = " Nothing more was known." * 200  # the claims are in what stands before it
        brief = [an_article(f"{TEXT} Report {n} {day}.", published=day) for day in days for n in range(50)]
        long = [replace(an_article(article.text + filler, published=article.published), article_id=article.article_id) for article in brief]
        put(root, a_run(1), *zip(long, map(extract, brief), strict=True))
        tracemalloc.start()
        pa.default_memory_pool().release_unused()
        assert not list(verify(root))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(2)
    assert peak(24) < 2 * peak(4)
