"""Tables on disk: dtypes, order, replacing, history, and what happens when a writer dies or two meet."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.conftest import a_claim, a_run, an_article, snapshot
from tests.faults import workshop
from transforms import store
from transforms.article import Article, Reject
from transforms.claim import Claim
from transforms.inbox import ReadFile
from transforms.schema import columns
from transforms.store import (
    Committed,
    Extracted,
    NewerTables,
    Run,
    TablesLocked,
    commit,
    extracted,
    folder,
    open_tables,
    recorded_at,
    settle,
)

ROOT = Path(__file__).resolve().parents[1]


def put(
    root: Path, run: Run, *found: tuple[Article, list[Claim]], rejects: tuple[Reject, ...] = (), files: tuple[ReadFile, ...] = ()
) -> Committed:
    """One commit by a run of its own, as ingest does it: what is known already is passed over."""
    tables = open_tables(root)
    fresh = [(settled, claims) for article, claims in found if (settled := settle(tables, article)) is not None]
    return commit(tables, run, [extracted(fresh, run)], rejects, files)


def with_claims(article: Article, *places: int) -> tuple[Article, list[Claim]]:
    return article, [a_claim(article, at) for at in places]


def three_months() -> list[tuple[Article, list[Claim]]]:
    days = (date(2016, 9, 30), date(2016, 10, 1), None)
    return [with_claims(an_article(f"Article {n}. " + "x" * 60, published=day), 10, 30) for n, day in enumerate(days)]


def frame(root: Path, table: str) -> pd.DataFrame:
    return pd.read_parquet(root / table)


# --- what pandas opens ---------------------------------------------------------------------------------------------------------------


def test_pandas_opens_every_table_with_the_right_dtypes(tmp_path: Path) -> None:
    put(tmp_path, a_run(), *three_months(), rejects=(Reject("b.txt", None, "empty"),))
    wanted = {
        "string": "string",
        "int64": "Int64",
        "float64": "float64",
        "boolean": "boolean",
        "category": "category",
        "date": "datetime64[ms]",
        "timestamp": "datetime64[us, UTC]",
    }
    for table in ("articles", "claims", "claims_history", "rejects"):
        dtypes = {name: str(dtype) for name, dtype in frame(tmp_path, table).dtypes.items()}
        assert dtypes == {column.name: wanted[column.type] for column in columns(table)}


def test_categories_are_the_whole_vocabulary_over_several_files(tmp_path: Path) -> None:
    article = an_article("Other month. " + "y" * 60, published=date(2017, 1, 1))
    put(tmp_path, a_run(), *three_months(), (article, [a_claim(article, harm="captured", weapon="drone")]))
    claims = frame(tmp_path, "claims")
    assert list(claims["harm"].cat.categories) == ["killed", "injured", "missing", "captured", "casualties"]
    assert claims["weapon"].isna().sum() == 6 and claims["weapon"].dropna().tolist() == ["drone"]


def test_dates_are_days_and_null_where_unknown(tmp_path: Path) -> None:
    put(tmp_path, a_run(), *three_months())
    claims = frame(tmp_path, "claims")
    assert sorted(claims["date_start"].dropna().dt.day) == [1, 1, 30, 30]
    assert str(claims["published"].dropna().iloc[0]) == "2016-09-30 00:00:00"
    assert claims["published"].isna().sum() == 2


def test_a_table_without_rows_opens(tmp_path: Path) -> None:
    put(tmp_path, a_run(), with_claims(an_article()))
    assert len(frame(tmp_path, "articles")) == 1
    for table in ("claims", "claims_history", "rejects"):
        assert frame(tmp_path, table).empty and "run_id" in frame(tmp_path, table)


def test_a_month_a_file(tmp_path: Path) -> None:
    put(tmp_path, a_run(), *three_months())
    assert sorted(path.name for path in (tmp_path / "claims").iterdir()) == ["2016-09.parquet", "2016-10.parquet", "undated.parquet"]


# --- order and sameness --------------------------------------------------------------------------------------------------------------


def test_claims_of_an_article_stand_in_the_order_of_the_text(tmp_path: Path) -> None:
    article, claims = with_claims(an_article(), 40, 5, 22)
    put(tmp_path, a_run(), (article, claims))
    assert frame(tmp_path, "claims")["count_start"].tolist() == [5, 22, 40]


def test_the_order_of_batches_does_not_show(tmp_path: Path) -> None:
    found = [with_claims(an_article(f"Article {n} " + "x" * 50), 10, 20) for n in range(8)]
    put(tmp_path / "a", a_run(), *found)
    for one in reversed(found):
        put(tmp_path / "b", a_run(), one)
    for table in ("articles", "claims"):
        pd.testing.assert_frame_equal(frame(tmp_path / "a", table), frame(tmp_path / "b", table))


def test_the_same_again_rewrites_no_file(tmp_path: Path) -> None:
    rejects = (Reject("b.txt", 3, "no_text"), Reject("b.txt", None, "empty"))
    put(tmp_path, a_run(1), *three_months(), rejects=rejects)
    before = snapshot(tmp_path)
    done = put(tmp_path, a_run(2), *three_months(), rejects=rejects)
    assert done == Committed() and snapshot(tmp_path) == before


def test_a_commit_tried_twice_counts_nothing_the_second_time(tmp_path: Path) -> None:
    tables, run = open_tables(tmp_path), a_run()
    parts = [extracted(three_months(), run)]
    assert commit(tables, run, parts).new == 3
    before = snapshot(tmp_path)
    assert commit(tables, a_run(2), parts) == Committed() and snapshot(tmp_path) == before


def test_only_the_months_touched_are_rewritten(tmp_path: Path) -> None:
    put(tmp_path, a_run(1), *three_months())
    before = snapshot(tmp_path)
    put(tmp_path, a_run(2), with_claims(an_article("Another of October. " + "z" * 40), 10))
    after = snapshot(tmp_path)
    assert {name for name in after if after[name] != before.get(name)} == {"articles/2016-10.parquet", "claims/2016-10.parquet"}


# --- articles told otherwise ---------------------------------------------------------------------------------------------------------


def test_another_date_keeps_the_old_claims_in_history_and_the_article_in_its_file(tmp_path: Path) -> None:
    first, second = a_run(1), a_run(2)
    article = an_article()
    put(tmp_path, first, with_claims(article, 10))
    told = replace(article, published=date(2016, 12, 24), published_basis="told")
    done = put(tmp_path, second, with_claims(told, 10))
    assert (done.new, done.changed, done.retracted) == (0, 1, 1)
    for table in ("articles", "claims"):  # a reader on his way through the files would meet twice what moves between them
        assert [path.name for path in sorted((tmp_path / table).iterdir())] == ["2016-10.parquet", "undated.parquet"]
    assert frame(tmp_path, "claims")["published"].astype(str).tolist() == ["2016-12-24"]
    articles = frame(tmp_path, "articles")
    assert articles["first_seen"].tolist() == [first.started] and articles["run_id"].tolist() == [second.run_id]
    history = frame(tmp_path, "claims_history").iloc[0]
    assert (history["recorded_at"], history["retracted_at"]) == (first.started, second.started)
    assert history["reason"] == "changed: published, date_start, date_end" and str(history["published"])[:10] == "2016-10-03"


def test_claims_that_say_the_same_keep_their_row(tmp_path: Path) -> None:
    article = an_article()
    put(tmp_path, a_run(1, "lex1"), with_claims(article, 10, 20))
    before = snapshot(tmp_path)
    put(tmp_path, a_run(2, "lex2"), with_claims(replace(article, url="https://gazette.example/1"), 10, 20))
    after = snapshot(tmp_path)
    rewritten = {name for name in after if after[name] != before.get(name)}
    assert rewritten == {f"{table}/2016-10.parquet" for table in ("articles", "articles_history", "claims")}
    claims = frame(tmp_path, "claims")
    assert set(claims["lexicon_version"]) == {"lex2"} and set(claims["run_id"]) == {a_run(1).run_id}
    assert frame(tmp_path, "claims_history").empty
    assert frame(tmp_path, "articles_history")["reason"].tolist() == ["changed: url, rules_version"]


def test_a_claim_that_vanished_is_withdrawn_and_a_new_one_added(tmp_path: Path) -> None:
    article = an_article()
    put(tmp_path, a_run(1), with_claims(article, 10, 20))
    put(tmp_path, a_run(2), with_claims(replace(article, title="Harra"), 20, 30))
    assert frame(tmp_path, "claims")["count_start"].tolist() == [20, 30]
    history = frame(tmp_path, "claims_history")
    assert history["count_start"].tolist() == [10] and history["reason"].tolist() == ["withdrawn"]


def test_a_month_without_claims_keeps_its_file(tmp_path: Path) -> None:
    article = an_article()
    put(tmp_path, a_run(1), with_claims(article, 10))
    put(tmp_path, a_run(2), with_claims(replace(article, title="Harra")))
    assert (tmp_path / "claims" / "2016-10.parquet").exists() and frame(tmp_path, "claims").empty


def test_there_and_back_keeps_each_version_once(tmp_path: Path) -> None:
    article = an_article(published_basis="told")
    for number, day in enumerate((3, 4, 3, 4), 1):
        put(tmp_path, a_run(number), with_claims(replace(article, published=date(2016, 10, day)), 10))
    history = frame(tmp_path, "claims_history")
    assert history["run_id"].tolist() == [a_run(1).run_id, a_run(3).run_id, a_run(2).run_id]
    assert history["published"].dt.day.tolist() == [3, 3, 4] and len(frame(tmp_path, "claims")) == 1


@pytest.mark.parametrize(
    ("stored", "offered", "stands"),
    [
        ((date(2016, 10, 1), "told"), (date(2016, 10, 2), "metadata"), None),
        ((date(2016, 10, 1), "told"), (None, "none"), None),
        ((date(2016, 10, 1), "told"), (date(2016, 10, 2), "told"), (date(2016, 10, 2), "told")),
        ((date(2016, 10, 1), "address"), (date(2016, 10, 2), "dateline"), (date(2016, 10, 2), "dateline")),
        ((None, "none"), (date(2016, 10, 2), "told"), (date(2016, 10, 2), "told")),
    ],
)
def test_a_date_gives_way_to_one_known_as_well_or_better(tmp_path: Path, stored: Any, offered: Any, stands: Any) -> None:
    put(tmp_path, a_run(), with_claims(an_article(published=stored[0], published_basis=stored[1])))
    settled = settle(open_tables(tmp_path), an_article(published=offered[0], published_basis=offered[1]))
    assert (settled and (settled.published, settled.published_basis)) == stands


def test_null_does_not_erase_what_is_known(tmp_path: Path) -> None:
    put(tmp_path, a_run(), with_claims(an_article(url="https://gazette.example/1")))
    assert settle(open_tables(tmp_path), an_article(outlet=None)) is None
    settled = settle(open_tables(tmp_path), an_article(outlet=None, title="Harra"))
    assert settled is not None and (settled.outlet, settled.url, settled.title) == ("gazette", "https://gazette.example/1", "Harra")


def test_where_it_was_read_is_no_news(tmp_path: Path) -> None:
    put(tmp_path, a_run(), with_claims(an_article()))
    assert settle(open_tables(tmp_path), an_article(source_file="copy.txt", record=7)) is None


def test_an_article_twice_in_a_commit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="twice in one commit"):
        commit(open_tables(tmp_path), a_run(), [extracted([with_claims(an_article())] * 2, a_run())])


def test_a_claim_id_twice_in_an_article_is_refused() -> None:
    with pytest.raises(ValueError, match="same claim_id"):
        extracted([with_claims(an_article(), 10, 10)], a_run())


def test_rejects_are_kept_once(tmp_path: Path) -> None:
    some = (Reject("b.txt", 3, "no_text"), Reject("b.txt", 3, "no_text"), Reject("a.txt", None, "empty", "no bytes"))
    assert put(tmp_path, a_run(1), rejects=some).rejects == 2
    assert put(tmp_path, a_run(2), rejects=(*some, Reject("c.txt", 1, "broken_json"))).rejects == 1
    assert frame(tmp_path, "rejects")["source_file"].tolist() == ["a.txt", "b.txt", "c.txt"]


def test_run_ids_tell_their_time() -> None:
    run = a_run(5)
    assert recorded_at(run.run_id) == run.started


# --- writers that die, writers that meet ---------------------------------------------------------------------------------------------


class Dead(BaseException):
    """Stands for the process dying: no handler catches it."""


def before_the_death() -> list[tuple[Article, list[Claim]]]:
    return [with_claims(an_article(), 10), *three_months()]


def after_the_death() -> list[tuple[Article, list[Claim]]]:
    """One article moved to another month with a claim more, and a new one."""
    moved = an_article(published=date(2016, 12, 24), published_basis="told")
    return [with_claims(moved, 10, 20), with_claims(an_article("New " * 20), 4)]


def with_rejects(number: int, *records: int) -> dict[str, tuple[Any, ...]]:
    """The file of an article, read the nth time, with what of it could not be."""
    file = ReadFile("a.txt", 9, number, "0" * 64, "told", 1, len(records), "rules")
    return {"rejects": tuple(Reject("a.txt", record, "no_text") for record in records), "files": (file,)}


@pytest.mark.parametrize("step", range(40))
def test_a_writer_that_dies_at_any_step_loses_and_doubles_nothing(tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call that reaches the disk is a place to die at; then pandas still reads the tables, and the same run again mends them."""
    put(tmp_path, a_run(1), *before_the_death(), **with_rejects(1, 2, 3))
    again = after_the_death()
    calls = 0

    def dying(real: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls > step:
                raise Dead
            return real(*args, **options)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", dying(os.replace))
        patch.setattr(os, "fsync", dying(os.fsync))
        patch.setattr(folder.pq, "write_table", dying(folder.pq.write_table))
        patch.setattr(Path, "unlink", dying(Path.unlink))
        try:
            put(tmp_path, a_run(2), *again, **with_rejects(2, 3, 4))
        except Dead:
            pass
        else:
            assert calls <= step
    for table in ("articles", "claims", "claims_history", "rejects", "files"):
        frame(tmp_path, table)
    put(tmp_path, a_run(3), *again, **with_rejects(2, 3, 4))
    articles, claims, history = (frame(tmp_path, table) for table in ("articles", "claims", "claims_history"))
    assert len(articles) == 5 and articles["article_id"].is_unique
    assert len(claims) == 9 and claims["claim_id"].is_unique
    assert len(history) == 1
    assert frame(tmp_path, "rejects")["record"].tolist() == [3, 4] and frame(tmp_path, "files")["modified_ns"].tolist() == [2]
    assert not list(tmp_path.glob("*/.*")) and not (tmp_path / store.JOURNAL).exists()


def test_steps_of_the_death_test_cover_the_whole_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The range above must reach past the last call of a commit."""
    put(tmp_path, a_run(1), *before_the_death(), **with_rejects(1, 2, 3))
    calls: list[int] = []
    for owner, name in ((os, "replace"), (os, "fsync"), (folder.pq, "write_table"), (Path, "unlink")):
        real = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *args, real=real, **options: (calls.append(1), real(*args, **options))[1])
    put(tmp_path, a_run(2), *after_the_death(), **with_rejects(2, 3, 4))
    assert 25 < len(calls) < 40


def test_a_journal_left_behind_is_finished_by_any_next_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, a_run(1), *three_months())
    article = an_article("Later one. " + "x" * 40)
    with monkeypatch.context() as patch:
        patch.setattr(folder.Folder, "move", lambda *_: (_ for _ in ()).throw(Dead))
        with pytest.raises(Dead):
            put(tmp_path, a_run(2), with_claims(article, 10))
    assert (tmp_path / store.JOURNAL).exists() and len(frame(tmp_path, "articles")) == 3
    put(tmp_path, a_run(3), rejects=(Reject("b.txt", None, "empty"),))
    assert len(frame(tmp_path, "articles")) == 4 and len(frame(tmp_path, "claims")) == 7


def test_what_a_dead_writer_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    put(tmp_path, a_run(1), *three_months())
    (tmp_path / "claims" / ".1999-01.parquet.tmp").write_bytes(b"PAR1 half")
    (tmp_path / "datapackage.json.tmp").write_text("{")
    assert len(frame(tmp_path, "claims")) == 6
    put(tmp_path, a_run(2), rejects=(Reject("b.txt", None, "empty"),))
    assert not list(tmp_path.glob("*/.*")) and not list(tmp_path.glob("*.tmp"))


@pytest.mark.parametrize("name", [store.MARKER, store.JOURNAL, store.PACKAGE])
def test_a_small_file_that_a_dead_writer_left_half_written_is_cleared_away(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = set(os.listdir(put_first(tmp_path / "sound")))
    real, root = os.replace, tmp_path / "t"

    def dying(path: Path, to: Path) -> None:
        if Path(to).name == name:
            raise Dead
        real(path, to)

    with monkeypatch.context() as patch:
        patch.setattr(folder.os, "replace", dying)
        with pytest.raises(Dead):
            put_first(root)
    assert set(os.listdir(root)) - there
    assert set(os.listdir(put_first(root))) == there


def put_first(root: Path) -> Path:
    put(root, a_run(1), *three_months())
    return root


def write_on(root: str) -> None:
    """Twenty articles of one day, moved to another one in each commit."""
    for turn in range(10_000):
        run = a_run(turn + 1)
        day = date(2016, 1 + turn % 2, 1 + turn % 28)
        found = [an_article(f"Article {n} " + "x" * 60, published=day, published_basis="told") for n in range(20)]
        commit(open_tables(Path(root)), run, [extracted([(a, [a_claim(a, 5), a_claim(a, 9)]) for a in found], run)])


def kill_writers(root: Path, kills: int) -> None:
    with workshop() as crew:
        for kill in range(kills):
            assert crew.run("tests.test_store:write_on", root, kill_after=0.15 + 0.025 * kill) == -signal.SIGKILL
            for table in ("articles", "claims"):
                frame(root, table)
            put(root, a_run(20_000 + kill), rejects=(Reject(f"{kill}.txt", None, "empty"),))
            articles, claims = frame(root, "articles"), frame(root, "claims")
            assert len(articles) == 20 and articles["article_id"].is_unique
            assert len(claims) == 40 and claims["claim_id"].is_unique
            assert set(claims["published"]) == set(articles["published"])


def test_kill_nine(tmp_path: Path) -> None:
    put(tmp_path, a_run(), *[with_claims(an_article(f"Article {n} " + "x" * 60, published_basis="told"), 5, 9) for n in range(20)])
    kill_writers(tmp_path, 3)


@pytest.mark.slow
def test_kill_nine_many_times(tmp_path: Path) -> None:
    put(tmp_path, a_run(), *[with_claims(an_article(f"Article {n} " + "x" * 60, published_basis="told"), 5, 9) for n in range(20)])
    kill_writers(tmp_path, 25)


def test_a_reader_meets_no_exception_while_files_are_replaced(tmp_path: Path) -> None:
    put(tmp_path, a_run(), *three_months())
    stop, reads, errors = threading.Event(), 0, []

    def reader() -> None:
        nonlocal reads
        while not stop.is_set():
            try:
                assert len(frame(tmp_path, "claims")) >= 6
                reads += 1
            except Exception as error:
                errors.append(error)

    thread = threading.Thread(target=reader)
    thread.start()
    for number in range(2, 30):
        put(tmp_path, a_run(number), with_claims(an_article(f"Article of run {number} " + "x" * 60), 5))
    stop.set()
    thread.join()
    assert not errors and reads > 3


def test_a_second_writer_waits_then_says_who_holds_the_tables(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys; from pathlib import Path; from transforms.store import place_of\n"
         "with place_of(Path(sys.argv[1])).locked(1): print('held', flush=True); sys.stdin.read()", str(tmp_path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    try:
        with pytest.raises(TablesLocked, match=rf"process {holder.pid} on \S+ since \d{{4}}-\d\d-\d\d .* waited 0.2 seconds"):
            commit(open_tables(tmp_path), a_run(), [extracted(three_months(), a_run())], wait=0.2)
    finally:
        holder.kill()
        holder.communicate()
    assert commit(open_tables(tmp_path), a_run(), [extracted(three_months(), a_run())], wait=0.2).new == 3


def test_an_article_that_another_run_put_meanwhile_is_not_doubled(tmp_path: Path) -> None:
    slow = open_tables(tmp_path)
    put(tmp_path, a_run(1), *three_months())
    other_date = replace(three_months()[0][0], published=date(2018, 5, 5), published_basis="told")
    done = commit(slow, a_run(2), [extracted([with_claims(other_date, 10), *three_months()[1:]], a_run(2))])
    assert (done.new, done.changed) == (0, 1)
    assert len(frame(tmp_path, "articles")) == 3 and frame(tmp_path, "claims")["claim_id"].is_unique


def test_tables_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    put(tmp_path, a_run(), *three_months())
    before = snapshot(tmp_path)
    tables = open_tables(tmp_path)
    (tmp_path / store.MARKER).write_text(json.dumps({"version": 99}))
    with pytest.raises(NewerTables, match="table version 99"):
        open_tables(tmp_path)
    with pytest.raises(NewerTables, match="table version 99"):
        commit(tables, a_run(2), [extracted([with_claims(an_article(), 10)], a_run(2))])
    assert snapshot(tmp_path) == before


def test_a_file_in_the_place_of_the_tables_is_named(tmp_path: Path) -> None:
    (tmp_path / "tables").write_text("no directory")
    with pytest.raises(NotADirectoryError, match="tables is a file"):
        open_tables(tmp_path / "tables")


def test_nothing_to_put_writes_nothing_but_the_empty_tables(tmp_path: Path) -> None:
    assert commit(open_tables(tmp_path), a_run()) == Committed()
    assert frame(tmp_path, "articles").empty
    assert isinstance(extracted([], a_run()), Extracted)
